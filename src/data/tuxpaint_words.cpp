#include "data/tuxpaint_words.h"

#include <algorithm>

namespace imagine::data {
namespace {

constexpr std::string_view kDrawn =
    "|button|blue_fedora|feathered_hat|green_fedora|propeller_hat|sombrero|tophat|t_*|mug|tooth|eye"
    "|Santa|bow|candy_cane|hard_candy|star|stocking|tree|xmas_tp_bulb|bluebird|bunny-egg|bunny-head"
    "|bunny|butterfly|chick-hatched|chick-in-egg|chick|wrapped*|bat_left|blackcat"
    "|jackolantern_mean|skull|spider|dreydl*|holiday_candle|menorah|party-hat|party-horn-*"
    "|blue-and-yellowflag|checkeredflag|greenflag|redflag|yellowflag|inukshuk-outline|7spoke256"
    "|sedan_police|pizza|";

constexpr std::string_view kUnwanted =
    // Colours swapped, or a negative.
    "|clownfish|butterflyfish|bluegroper|coraltrout|dolphinfish|moonwrasse|stripedfish|shrimp"
    // Black and white.
    "|bee|fly|echidna|hedgehog"
    // Nearly invisible on white.
    "|glass|ghost|fireworks|fireworks2|lamp|0_sun|whiteflag|lightningbolt|rugby_goal_posts|confetti"
    "|explosion|fire"
    // Nothing to ask for.
    "|hair_manga|hair_manga_2|wig|wig2|wig3|manga_eye_left|manga_eye_right|docks|cave_entrance"
    "|final-roll-call|sedan_police|spider_computer|spider_fly|spider_football|wings"
    "|grave-b|grave-c|grave-d|grave-e|grave-f|grave-g|grave-h|grave-i|grave-j|german_christmas_toy"
    "|inukshuk-outline|old_naval_shell|ww2_german_gun|";

constexpr std::string_view kWritten =
    "|7spoke256|f22_raptor|green_korean_bus|indycar|uk_post_box|usps_mailbox|747|voyager2"
    "|apollo_lander|measuring_tape|trophy_cup|basketball|soccer|football|t_baseballcap|firetruck"
    "|fire_engine|inn|tavern|highlighter|pen_dryerase|cylinder|schoolbus|calculator|";

constexpr Renamed kRenamed[] = {
    {"broccoli", "a head of broccoli", "un broccolo"},
    {"tomato", "a ripe red tomato", "un pomodoro rosso e maturo"},
    {"corn", "an ear of yellow corn", "una pannocchia gialla"},
    {"chemparathi", "a hibiscus flower", "un fiore di ibisco"},
    {"lionfish", "a lionfish", "un pesce scorpione"},
    {"lobster", "a spiny lobster", "un'aragosta"},
    {"peacock", "a peacock", "un pavone"},
    {"albino_peahen", "a white peahen", "una pavonessa bianca"},
    {"sheep_lamb", "a lamb", "un agnello"},
    {"hippopotamus", "a hippopotamus", "un ippopotamo"},
    {"mountaingoat", "a mountain goat", "una capra di montagna"},
    {"plyers", "a pair of pliers", "una pinza"},
    {"eggplant", "an eggplant", "una melanzana"},
    {"wheelie_bin", "a wheelie bin", "un bidone con le ruote"},
    {"uk_post_box", "a red post box", "una cassetta postale rossa"},
    {"measuring_tape", "a measuring tape", "un metro a nastro"},
    {"toilet", "a toilet", "un water"},
    {"stethoscope", "a stethoscope", "uno stetoscopio"},
    {"bradley", "a tank", "un carro armato"},
    {"infantry-stryker", "an armored vehicle", "un veicolo blindato"},
    {"dumper", "a dumper truck", "un autoribaltabile"},
    {"Roast_turkey", "a roast turkey", "un tacchino arrosto"},
    {"Christmas_pudding", "a Christmas pudding", "un pudding di Natale"},
    {"Candy_cane_photo_1", "a candy cane", "un bastoncino di zucchero"},
    {"Candy_cane_photo_2", "a candy cane", "un bastoncino di zucchero"},
    {"chuvanna_plastic_poo", "a red plastic flower", "un fiore di plastica rosso"},
    {"cep", "a cep with a red cap", "un fungo con la cappella rossa"},
    {"xanthia", "a moth", "una falena"},
    {"hoverfly", "a hoverfly", "un sirfide"},
    {"rambutan", "a rambutan tree", "un albero di rambutan"},
    {"moon_3qt", "the moon", "la luna"},
    {"moon_crescent", "a crescent moon", "uno spicchio di luna"},
    {"moon_full", "a full moon", "una luna piena"},
    {"1_mercury", "the planet Mercury", "il pianeta Mercurio"},
    {"2_venus", "the planet Venus", "il pianeta Venere"},
    {"3_earth", "the Earth", "la Terra"},
    {"4_mars", "the planet Mars", "il pianeta Marte"},
    {"5_jupiter", "the planet Jupiter", "il pianeta Giove"},
    {"6_saturn", "the planet Saturn", "il pianeta Saturno"},
    {"7_uranus", "the planet Uranus", "il pianeta Urano"},
    {"8_neptune", "the planet Neptune", "il pianeta Nettuno"},
    {"spacewalk", "an astronaut", "un astronauta"},
    {"voyager2", "a space probe", "una sonda spaziale"},
    {"apollo_lander", "a lunar lander", "un modulo lunare"},
    {"football", "an American football", "un pallone da football americano"},
    {"trophy_cup", "a trophy cup", "una coppa"},
    {"grannysmith", "an old rag doll", "una vecchia bambola di pezza"},
    {"drake", "a drake", "un'anatra maschio"},
    {"gander", "a gander", "un'oca maschio"},
    {"ginger", "a ginger root", "una radice di zenzero"},
    {"garlic", "a head of garlic", "una testa d'aglio"},
    {"gnu-baby", "a baby gnu", "un cucciolo di gnu"},
    {"gnu-baby-stand", "a baby gnu", "un cucciolo di gnu"},
    {"orange_seville", "an orange", "un'arancia"},
    {"bread", "a loaf of bread", "una pagnotta"},
    {"loaf_of_bread", "a loaf of sliced bread", "una pagnotta a fette"},
    {"cheese", "a piece of cheese", "un pezzo di formaggio"},
    {"clover", "a four leaf clover", "un quadrifoglio"},
    {"shamrock", "a shamrock", "un trifoglio"},
    {"balloon", "a balloon", "un palloncino"},
    {"laptop", "a laptop computer", "un computer portatile"},
    {"monitor", "a computer monitor", "un monitor per computer"},
    {"phone", "a telephone", "un telefono"},
    {"mobile", "a mobile telephone", "un telefono cellulare"},
    {"calculator", "a calculator", "una calcolatrice"},
    {"inkjet_printer", "an inkjet printer", "una stampante a getto d'inchiostro"},
    {"laser_printer", "a laser printer", "una stampante laser"},
    {"compact_disc", "a compact disc", "un compact disc"},
    {"boxcar", "a boxcar", "un carro bestiame"},
    {"tender", "a train tender", "un carro di scorta"},
    {"bulldozer", "a bulldozer", "un bulldozer"},
    {"hard_candy", "a candy", "una caramella"},
    {"Santa", "Santa Claus", "Babbo Natale"},
    {"cathedral", "a cathedral", "una cattedrale"},
    {"circus", "a circus tent", "una tenda del circo"},
    {"magic_stones", "magic stones", "pietre magiche"},
    {"blacksmith", "a blacksmith shop", "una bottega del fabbro"},
    {"fountain", "a fountain", "una fontana"},
    {"townhall", "a town hall", "un municipio"},
    {"hunter", "a hunter's house", "una casa di un cacciatore"},
    {"university", "a university", "un'università"},
    {"tux", "a cartoon penguin", "un pinguino dei cartoni"},
    {"dinosaurSings", "a singing dinosaur", "un dinosauro che canta"},
    {"eiffel_tower", "the Eiffel Tower", "la Torre Eiffel"},
    {"7spoke256", "a wheel", "una ruota"},
    {"smallcake", "a cupcake", "un cupcake"},
    {"present", "a wrapped gift", "un regalo"},
    {"moustache", "a moustache", "un paio di baffi"},
    {"teddy_bear", "a teddy bear", "un orsacchiotto"},
    {"edward_bear", "a teddy bear", "un orsacchiotto"},
};

}  // namespace

bool is_drawn_stamp(std::string_view stem) { return lists(kDrawn, stem); }

bool is_unwanted_stamp(std::string_view stem) { return lists(kUnwanted, stem); }

std::string_view unwanted_stamps() { return kUnwanted; }

bool may_flip_stamp(std::string_view path) {
  const auto from = path.rfind('/') + 1;
  const auto stem = path.substr(from, path.rfind('.') - from);
  return !lists(kWritten, stem);
}

std::optional<Renamed> renamed_stamp(std::string_view stem) {
  const auto found = std::ranges::find(kRenamed, stem, &Renamed::source);
  return found == std::end(kRenamed) ? std::nullopt : std::optional(*found);
}

}  // namespace imagine::data
