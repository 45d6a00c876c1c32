#include "data/emoji_words.h"

#include <algorithm>

namespace imagine::data {
namespace {

constexpr std::string_view kCategories =
    "|Animals & Nature|Food & Drink|Objects|Travel & Places|Activities|";

constexpr std::string_view kUnwanted =
    "|badminton|ballot box with ballot|bookmark tabs|bowling|camping|chart increasing with yen"
    "|club suit|cricket game|diamond suit|e-mail|envelope with arrow|field hockey"
    "|first quarter moon face|flower playing cards|fog|foggy|heart suit|hot springs|ice hockey"
    "|inbox tray|incoming envelope|joker|lacrosse|last quarter moon face|level slider|link"
    "|locked with pen|mahjong red dragon|memo|mobile phone with arrow|moon viewing ceremony"
    "|new moon face|outbox tray|performing arts|ping pong|police car light|pouring liquid"
    "|shallow pan of food|spade suit|tennis|wedding|wind face|label|bell with slash|muted speaker"
    "|hourglass not done|speaker low volume|speaker medium volume|love hotel|clinking glasses"
    "|new moon|placard|identification card|closed mailbox with lowered flag"
    "|closed mailbox with raised flag|open mailbox with raised flag|open mailbox with lowered flag"
    "|page with curl|chart decreasing|file folder|";

constexpr std::string_view kComposable =
    "|animal-mammal|animal-bird|animal-marine|animal-bug|animal-reptile|animal-amphibian|food-fruit"
    "|food-vegetable|food-sweet|food-prepared|transport-ground|transport-air|transport-water"
    "|clothing|household|tool|musical-instrument|sport|plant-flower|";

constexpr std::string_view kNeverFlipped =
    "|stop sign|bus stop|ambulance|police car|oncoming police car|taxi|oncoming taxi|station"
    "|fuel pump|running shirt|construction|";

constexpr Renamed kRenamed[] = {
    {"1st place medal", "a gold medal", "una medaglia d'oro"},
    {"2nd place medal", "a silver medal", "una medaglia d'argento"},
    {"3rd place medal", "a bronze medal", "una medaglia di bronzo"},
    {"admission tickets", "admission tickets", "biglietti d'ingresso"},
    {"airplane arrival", "an airplane landing", "un aereo che atterra"},
    {"airplane departure", "an airplane taking off", "un aereo che decolla"},
    {"american football", "an American football", "un pallone da football americano"},
    {"articulated lorry", "a truck with a trailer", "un autoarticolato"},
    {"automobile", "a car", "un'auto"},
    {"ballet shoes", "a pair of ballet shoes", "un paio di scarpette da ballerina"},
    {"baguette bread", "a baguette", "una baguette"},
    {"barber pole", "a barber pole", "un'insegna da barbiere"},
    {"bathtub", "a bathtub", "una vasca da bagno"},
    {"beverage box", "a juice box", "un succo di frutta in cartone"},
    {"billed cap", "a baseball cap", "un cappello da baseball"},
    {"bow and arrow", "a bow and arrow", "un arco con una freccia"},
    {"bread", "a loaf of bread", "una pagnotta"},
    {"brick", "bricks", "mattoni"},
    {"briefs", "a pair of briefs", "un paio di slip"},
    {"bullet train", "a bullet train", "un treno proiettile"},
    {"building construction", "a building under construction", "un edificio in costruzione"},
    {"butter", "a piece of butter", "un panetto di burro"},
    {"canned food", "a can of food", "una scatoletta di cibo"},
    {"chart increasing", "a rising chart", "un grafico in crescita"},
    {"cheese wedge", "a wedge of cheese", "una fetta di formaggio"},
    {"chocolate bar", "a chocolate bar", "una tavoletta di cioccolato"},
    {"chopsticks", "a pair of chopsticks", "un paio di bacchette"},
    {"cloud with lightning", "a cloud with lightning", "una nuvola con un fulmine"},
    {"cloud with lightning and rain", "a cloud with lightning and rain",
     "una nuvola con un fulmine e la pioggia"},
    {"cloud with rain", "a cloud with rain", "una nuvola con la pioggia"},
    {"cloud with snow", "a cloud with snow", "una nuvola con la neve"},
    {"coconut", "a coconut", "una noce di cocco"},
    {"computer disk", "a minidisc", "un minidisc"},
    {"confetti ball", "a confetti ball", "una palla di coriandoli"},
    {"construction", "a construction barrier", "una barriera di cantiere"},
    {"cooked rice", "a bowl of rice", "una ciotola di riso"},
    {"cooking", "a fried egg in a pan", "un uovo fritto in padella"},
    {"couch and lamp", "a couch and a lamp", "un divano e una lampada"},
    {"curling stone", "a curling stone", "una pietra da curling"},
    {"curry rice", "a plate of curry rice", "un piatto di riso al curry"},
    {"custard", "a custard pudding", "un budino"},
    {"delivery truck", "a delivery truck", "un camion delle consegne"},
    {"dna", "a DNA strand", "un filamento di DNA"},
    {"dollar banknote", "a dollar banknote", "una banconota in dollari"},
    {"droplet", "a drop of water", "una goccia d'acqua"},
    {"dvd", "a DVD", "un DVD"},
    {"euro banknote", "a euro banknote", "una banconota in euro"},
    {"film frames", "a strip of film", "una pellicola"},
    {"flag in hole", "a golf flag", "una bandiera da golf"},
    {"flat shoe", "a flat shoe", "una scarpa bassa"},
    {"fork and knife", "a fork and a knife", "una forchetta e un coltello"},
    {"fork and knife with plate", "a plate with a fork and a knife", "un piatto con le posate"},
    {"french fries", "french fries", "patatine fritte"},
    {"front-facing baby chick", "a baby chick seen from the front", "un pulcino visto di fronte"},
    {"fuel pump", "a fuel pump", "una pompa di benzina"},
    {"full moon face", "a full moon with a face", "una luna piena con la faccia"},
    {"garlic", "a head of garlic", "una testa d'aglio"},
    {"glasses", "a pair of glasses", "un paio di occhiali"},
    {"globe showing Americas", "a globe showing the Americas", "un globo con le Americhe"},
    {"globe showing Asia-Australia", "a globe showing Asia and Australia",
     "un globo con l'Asia e l'Australia"},
    {"globe showing Europe-Africa", "a globe showing Europe and Africa",
     "un globo con l'Europa e l'Africa"},
    {"gloves", "a pair of gloves", "un paio di guanti"},
    {"goggles", "a pair of goggles", "un paio di occhiali protettivi"},
    {"grapes", "a bunch of grapes", "un grappolo d'uva"},
    {"hammer and pick", "a hammer and a pick", "un martello e un piccone"},
    {"hammer and wrench", "a hammer and a wrench", "un martello e una chiave inglese"},
    {"headphone", "a pair of headphones", "un paio di cuffie"},
    {"high voltage", "a lightning bolt", "un fulmine"},
    {"high-speed train", "a high-speed train", "un treno ad alta velocità"},
    {"hot beverage", "a cup of coffee", "una tazza di caffè"},
    {"hourglass done", "an hourglass", "una clessidra"},
    {"ice", "an ice cube", "un cubetto di ghiaccio"},
    {"ice cream", "a cup of ice cream", "una coppa di gelato"},
    {"ice skate", "an ice skate", "un pattino da ghiaccio"},
    {"jack-o-lantern", "a jack-o'-lantern", "una zucca di Halloween"},
    {"jeans", "a pair of jeans", "un paio di jeans"},
    {"kaaba", "the Kaaba", "la Kaaba"},
    {"keyboard", "a computer keyboard", "una tastiera"},
    {"lady beetle", "a ladybug", "una coccinella"},
    {"leafy green", "leafy greens", "verdure a foglia"},
    {"light rail", "a light rail train", "una metrotranvia"},
    {"locked", "a closed padlock", "un lucchetto chiuso"},
    {"locked with key", "a closed padlock with a key", "un lucchetto chiuso con una chiave"},
    {"lotion bottle", "a bottle of lotion", "un flacone di lozione"},
    {"lollipop", "a lollipop", "un lecca lecca"},
    {"luggage", "a suitcase", "una valigia"},
    {"mate", "a cup of mate", "una tazza di mate"},
    {"meat on bone", "meat on a bone", "carne con l'osso"},
    {"metro", "a metro train", "un treno della metropolitana"},
    {"milky way", "the Milky Way", "la Via Lattea"},
    {"moai", "a moai statue", "una statua moai"},
    {"mount fuji", "Mount Fuji", "il Monte Fuji"},
    {"musical score", "a musical score", "un pentagramma"},
    {"musical keyboard", "a piano keyboard", "una tastiera di pianoforte"},
    {"nazar amulet", "a nazar amulet", "un amuleto nazar"},
    {"necktie", "a tie", "una cravatta"},
    {"nesting dolls", "nesting dolls", "matrioske"},
    {"nut and bolt", "a nut and a bolt", "un dado e un bullone"},
    {"oil drum", "an oil barrel", "un barile di petrolio"},
    {"oncoming automobile", "an oncoming car", "un'auto in arrivo"},
    {"party popper", "a party popper", "uno spara coriandoli"},
    {"pine decoration", "a pine decoration", "una decorazione di pino"},
    {"plunger", "a plunger", "uno sturalavandini"},
    {"popcorn", "a box of popcorn", "una scatola di popcorn"},
    {"poultry leg", "a chicken leg", "una coscia di pollo"},
    {"pound banknote", "a pound banknote", "una banconota in sterline"},
    {"railway track", "a railway track", "un binario"},
    {"rescue worker's helmet", "a rescue helmet", "un elmetto da soccorritore"},
    {"roll of paper", "a roll of toilet paper", "un rotolo di carta igienica"},
    {"roller skate", "a roller skate", "un pattino a rotelle"},
    {"rugby football", "a rugby ball", "un pallone da rugby"},
    {"sake", "a bottle of sake", "una bottiglia di sakè"},
    {"salt", "a salt shaker", "una saliera"},
    {"sauropod", "a long-necked dinosaur", "un dinosauro dal collo lungo"},
    {"scissors", "a pair of scissors", "un paio di forbici"},
    {"shopping cart", "a shopping cart", "un carrello della spesa"},
    {"shorts", "a pair of shorts", "un paio di pantaloncini"},
    {"shortcake", "a slice of cake", "una fetta di torta"},
    {"skis", "a pair of skis", "un paio di sci"},
    {"snowman without snow", "a snowman", "un pupazzo di neve"},
    {"soap", "a bar of soap", "una saponetta"},
    {"socks", "a pair of socks", "un paio di calzini"},
    {"soft ice cream", "an ice cream cone", "un cono gelato"},
    {"spaghetti", "a plate of spaghetti", "un piatto di spaghetti"},
    {"speaker high volume", "a loudspeaker", "un altoparlante"},
    {"spiral shell", "a seashell", "una conchiglia"},
    {"sport utility vehicle", "an SUV", "un SUV"},
    {"station", "a train station", "una stazione"},
    {"Statue of Liberty", "the Statue of Liberty", "la Statua della Libertà"},
    {"sun", "the sun", "il sole"},
    {"sun behind cloud", "a sun behind a cloud", "un sole dietro una nuvola"},
    {"sun behind large cloud", "a sun behind a large cloud", "un sole dietro una grande nuvola"},
    {"sun behind rain cloud", "a sun behind a rain cloud", "un sole dietro una nuvola di pioggia"},
    {"sun behind small cloud", "a sun behind a small cloud", "un sole dietro una piccola nuvola"},
    {"sun with face", "a sun with a face", "un sole con la faccia"},
    {"sunglasses", "a pair of sunglasses", "un paio di occhiali da sole"},
    {"telephone", "a telephone", "un telefono"},
    {"thong sandal", "a flip-flop", "un'infradito"},
    {"thread", "a spool of thread", "un rocchetto di filo"},
    {"Tokyo tower", "the Tokyo Tower", "la Torre di Tokyo"},
    {"top hat", "a top hat", "un cappello a cilindro"},
    {"two-hump camel", "a camel with two humps", "un cammello"},
    {"umbrella on ground", "a beach umbrella", "un ombrellone"},
    {"unlocked", "an open padlock", "un lucchetto aperto"},
    {"video game", "a game controller", "un gamepad"},
    {"woman's clothes", "a woman's blouse", "una camicetta da donna"},
    {"yarn", "a ball of yarn", "un gomitolo"},
    {"yen banknote", "a yen banknote", "una banconota in yen"},
};

}  // namespace

bool is_wanted_emoji(std::string_view category, std::string_view english_name) {
  return lists(kCategories, category) && !lists(kUnwanted, english_name) &&
         !english_name.ends_with("o'clock") && !english_name.ends_with("-thirty");
}

std::string_view unwanted_emojis() { return kUnwanted; }

bool is_composable_emoji(std::string_view subcategory) { return lists(kComposable, subcategory); }

bool may_flip_emoji(std::string_view subcategory, std::string_view english_name) {
  return is_composable_emoji(subcategory) && !lists(kNeverFlipped, english_name);
}

std::optional<Renamed> renamed_emoji(std::string_view english_name) {
  const auto found = std::ranges::find(kRenamed, english_name, &Renamed::source);
  return found == std::end(kRenamed) ? std::nullopt : std::optional(*found);
}

}  // namespace imagine::data
