#include "data/emoji.h"

#include <algorithm>
#include <functional>

#include "core/check.h"
#include "core/fields.h"
#include "data/cldr.h"
#include "data/emoji_words.h"
#include "data/names.h"
#include "data/noto_font.h"
#include "data/svg.h"
#include "io/json_file.h"

namespace imagine::data {
namespace {

constexpr int kVectorSide = 256;  // a drawing's own pixels, where no larger size is asked for

Json read_emoji_json(const PackageFolder& packages) {
  io::Bytes text;
  read_package(packages, "emoji-datasource-google", [&](const std::string& name, io::Bytes bytes) {
    if (name == "package/emoji.json") text = std::move(bytes);
  });
  const std::string where = "emoji-datasource-google: emoji.json";
  Json json = io::parse_json(text, where);
  check<FormatError>(json.is_array(), where, ": expected a JSON array, got ", json.type_name());
  return json;
}

/// `bare` is the name in the CLDR; `italian` may be empty.
EmojiEntry named_entry(const std::string& bare, const std::string& italian) {
  EmojiEntry entry;
  if (const auto renamed = renamed_emoji(bare)) {
    entry.english = name_with_article(renamed->english);
    entry.italian = name_with_article(renamed->italian);
  } else {
    entry.english = english_name(bare);
    if (!italian.empty()) entry.italian = italian_name(italian);
  }
  return entry;
}

std::string lower(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return text;
}

Cutout cutout_of(const EmojiEntry& entry, Style style, const io::RgbaImage& picture) {
  return {.picture = trimmed(picture),
          .style = style,
          .english = entry.english,
          .italian = entry.italian,
          .category = entry.category,
          .identity = lower(entry.english.bare),
          .may_flip = entry.may_flip,
          .composable = entry.composable,
          .svg = {}};
}

using Read = std::function<Cutout(const EmojiEntry&, io::Bytes bytes, const std::string& where)>;

struct AssetSet {
  std::string package;
  std::string extension;
};

/// The files package/assets/KEY.EXTENSION of the entries, in the order of the entries.
std::vector<Cutout> read_assets(const PackageFolder& packages, const AssetSet& set,
                                const std::vector<EmojiEntry>& entries, const Read& read) {
  std::vector<Cutout> cutouts(entries.size());
  read_package(packages, set.package, [&](const std::string& name, io::Bytes bytes) {
    const io::fs::path file(name);
    if (file.extension() != set.extension || file.parent_path() != "package/assets") return;
    const auto entry =
        std::ranges::lower_bound(entries, emoji_key(file.stem().string()), {}, &EmojiEntry::key);
    if (entry == entries.end() || entry->key != emoji_key(file.stem().string())) return;
    cutouts[std::size_t(entry - entries.begin())] =
        read(*entry, std::move(bytes), set.package + ": " + name);
  });
  std::erase_if(cutouts, [](const Cutout& cutout) { return cutout.picture.width == 0; });
  return cutouts;
}

}  // namespace

std::vector<EmojiEntry> read_emoji_entries(const PackageFolder& packages) {
  const CldrNames names = read_cldr(packages);
  std::vector<EmojiEntry> entries;
  for (const Json& emoji : read_emoji_json(packages)) {
    const auto key = emoji_key(emoji.value("unified", ""));
    const auto english = names.english.find(key);
    if (english == names.english.end()) continue;
    if (!is_wanted_emoji(emoji.value("category", ""), english->second)) continue;
    const auto italian = names.italian.find(key);
    auto entry = named_entry(english->second,
                             italian == names.italian.end() ? std::string() : italian->second);
    entry.key = key;
    entry.category = emoji.value("subcategory", "");
    entry.may_flip = may_flip_emoji(entry.category, english->second);
    entry.composable = is_composable_emoji(entry.category);
    entries.push_back(std::move(entry));
  }
  std::ranges::sort(entries, {}, &EmojiEntry::key);
  return entries;
}

std::vector<Cutout> read_fluent_render(const PackageFolder& packages,
                                       const std::vector<EmojiEntry>& entries) {
  return read_assets(packages, {"@lobehub/fluent-emoji-3d", ".webp"}, entries,
                     [](const EmojiEntry& entry, const io::Bytes& bytes, const std::string& where) {
                       return cutout_of(entry, Style::render, io::decode_image(bytes, where));
                     });
}

std::vector<Cutout> read_fluent_flat(const PackageFolder& packages,
                                     const std::vector<EmojiEntry>& entries) {
  return read_assets(packages, {"@lobehub/fluent-emoji-flat", ".svg"}, entries,
                     [](const EmojiEntry& entry, io::Bytes bytes, const std::string& where) {
                       Cutout cutout =
                           cutout_of(entry, Style::flat, draw_svg(bytes, kVectorSide, where));
                       cutout.svg = std::move(bytes);
                       return cutout;
                     });
}

std::vector<Cutout> read_noto(const PackageFolder& packages,
                              const std::vector<EmojiEntry>& entries) {
  const std::string package = "fonts-noto-color-emoji";
  io::Bytes font;
  read_package(packages, package, [&](const std::string& name, io::Bytes bytes) {
    if (name.ends_with("/NotoColorEmoji.ttf")) font = std::move(bytes);
  });
  const BitmapFont bitmaps(font, package + ": NotoColorEmoji.ttf");
  std::vector<Cutout> cutouts;
  for (const EmojiEntry& entry : entries) {
    if (entry.key.find('-') != entry.key.npos) continue;
    const auto png = bitmaps.png_of(std::uint32_t(std::stoul(entry.key, nullptr, 16)));
    if (png.empty()) continue;
    cutouts.push_back(
        cutout_of(entry, Style::emoji, io::decode_image(png, package + ": emoji " + entry.key)));
  }
  return cutouts;
}

}  // namespace imagine::data
