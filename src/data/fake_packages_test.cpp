#include "data/fake_packages.h"

#include <algorithm>

#include "core/check.h"
#include "data/cldr.h"
#include "io/image_file.h"
#include "io/tar.h"

namespace imagine::data {
namespace {

struct FakeEmoji {
  const char* code;
  const char* sign;
  const char* subcategory;
  const char* english;
  const char* italian;
};

constexpr FakeEmoji kEmojis[] = {
    {"1F34E", "🍎", "food-fruit", "red apple", "mela rossa"},
    {"1F415", "🐕", "animal-mammal", "dog", "cane"},
    {"1F34C", "🍌", "food-fruit", "banana", "banana"},
    {"1F511", "🔑", "lock", "key", "chiave"},
    {"1F98A", "🦊", "animal-mammal", "fox", "volpe"},
    {"1F6B2", "🚲", "transport-ground", "bicycle", "bicicletta"},
};

/// Where the package `name` belongs.
io::fs::path path_of(const io::fs::path& folder, std::string_view name) {
  return folder / std::ranges::find(packages(), name, &Package::name)->file;
}

/// Opaque, of one colour that depends on the number.
Image plain(int number, int side) {
  Image image{side, side, {}};
  for (int i = 0; i < side * side; ++i) {
    image.rgb.insert(image.rgb.end(), {std::uint8_t(40 * number % 256), std::uint8_t(90), 150});
  }
  return image;
}

std::string svg(int number) {
  return concat("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 10'><rect width='", number,
                "' height='8' fill='#a02080'/></svg>");
}

void write_stamps(const io::fs::path& folder) {
  io::TarWriter tar(path_of(folder, "tuxpaint-stamps-default"));
  const auto add = [&](const std::string& stem, const std::string& picture, const char* text) {
    const auto path = "./usr/share/tuxpaint/stamps/" + stem;
    const bool vector = picture.starts_with("<svg");
    tar.add(path + (vector ? ".svg" : ".png"), picture);
    tar.add(path + ".txt", text);
  };
  const auto png = [](int number) {
    return io::encode_image(plain(number, 60), ImageFormat::png);
  };
  add("food/apple_red", png(1), "A red apple.\nit.utf8=Una mela rossa.\n");
  add("food/banana", png(2), "A banana.\nit.utf8=Una banana.\n");
  add("food/carrot", png(3), "A carrot.\nit.utf8=Una carota.\n");
  add("food/pear", png(4), "A pear.\nit.utf8=Una pera.\n");
  add("animals/dog", png(5), "A dog.\nit.utf8=Un cane.\n");
  add("animals/frog", png(6), "A frog.\nit.utf8=Una rana.\n");
  add("animals/shrimp", png(7), "A shrimp.\nit.utf8=Un gamberetto.\n");
  add("symbols/seven", png(8), "A seven.\nit.utf8=Un sette.\n");
  add("clothes/bikini", svg(5), "A bikini.\nit.utf8=Un bikini.\n");
  add("clothes/crown1", svg(6), "A crown.\nit.utf8=Una corona.\n");
  add("clothes/jacket", svg(7), "A jacket.\nit.utf8=Una giacca.\n");
  add("seasonal/star", svg(8), "A star.\nit.utf8=Una stella.\n");
  tar.finish();
}

void write_emoji_pictures(const io::fs::path& folder) {
  io::TarWriter renders(path_of(folder, "@lobehub/fluent-emoji-3d"));
  io::TarWriter flats(path_of(folder, "@lobehub/fluent-emoji-flat"));
  int number = 0;
  for (const FakeEmoji& emoji : kEmojis) {
    const auto stem = concat("package/assets/", emoji_key(emoji.code));
    renders.add(stem + ".webp", io::encode_image(plain(++number, 64), ImageFormat::webp));
    flats.add(stem + ".svg", svg(number + 2));
  }
  renders.add("package/README.md", "no picture");
  renders.finish();
  flats.finish();
}

void write_emoji_names(const io::fs::path& folder) {
  io::TarWriter names(path_of(folder, "unicode-cldr-core"));
  io::TarWriter list(path_of(folder, "emoji-datasource-google"));
  std::string english = "<ldml>", italian = "<ldml>", json = "[";
  for (const FakeEmoji& emoji : kEmojis) {
    const auto entry = [&](const char* name) {
      return concat("<annotation cp=\"", emoji.sign, "\" type=\"tts\">", name, "</annotation>");
    };
    english += entry(emoji.english);
    italian += entry(emoji.italian);
    json += concat(R"({"unified":")", emoji.code, R"(","category":"Food & Drink","subcategory":")",
                   emoji.subcategory, "\"},");
  }
  names.add("./usr/share/unicode/cldr/common/annotations/en.xml", english);
  names.add("./usr/share/unicode/cldr/common/annotations/it.xml", italian);
  names.finish();
  list.add("package/emoji.json", json + R"({"unified":"1F1EE","category":"Flags"}])");
  list.finish();
}

}  // namespace

void write_fake_packages(const io::fs::path& folder) {
  write_stamps(folder);
  write_emoji_pictures(folder);
  write_emoji_names(folder);
}

}  // namespace imagine::data
