#include "data/tuxpaint.h"

#include <algorithm>
#include <map>
#include <regex>

#include "core/check.h"
#include "data/names.h"
#include "data/svg.h"
#include "data/tuxpaint_words.h"

namespace imagine::data {
namespace {

constexpr std::string_view kPackage = "tuxpaint-stamps-default";
constexpr std::string_view kFolder = "/tuxpaint/stamps/";
constexpr int kLongest = 640;  // photographs of thousands of pixels serve no picture of ours
constexpr int kVectorSide = 256;

std::string stem_of(std::string_view path) { return io::fs::path(path).stem().string(); }

std::string without_extension(std::string_view path) {
  return std::string(path.substr(0, path.rfind('.')));
}

/// The text from `from` to the end of its line.
std::string line_from(std::string_view text, std::size_t from) {
  auto line = text.substr(from, text.find('\n', from) - from);
  while (line.ends_with('\r') || line.ends_with(' ')) line.remove_suffix(1);
  return plain_quotes(line);
}

/// "A red apple." -> "a red apple".
std::string phrase_of(std::string line) {
  if (line.ends_with('.')) line.pop_back();
  if (!line.empty() && line[0] >= 'A' && line[0] <= 'Z') line[0] = char(line[0] - 'A' + 'a');
  return line;
}

/// A name, not a sentence.
bool is_english_caption(const std::string& line) {
  static const std::regex name("(An?|Some|Two|Three|The) [^.!?;:(]{2,48}\\.");
  static const std::regex verb(".* (is|are|was|means|carries|lets|stands|pushes) .*");
  return std::regex_match(line, name) && !std::regex_match(line, verb) &&
         line.find("\u2014") == line.npos;  // a dash
}

bool is_italian_caption(const std::string& line) {
  static const std::regex pattern("(Un|Uno|Una|Un'|La|Il|L'|Lo|Due|Alcuni|Alcune)[ a-z].*");
  return line.size() < 60 && std::regex_match(line, pattern) &&
         line.find_first_of("!?;:(") == line.npos;
}

/// The files of one stamp.
struct Stamp {
  std::string path;  ///< of the picture, from below stamps/
  io::Bytes picture;
  std::string text;
};

std::map<std::string, Stamp> read_files(const PackageFolder& packages) {
  std::map<std::string, Stamp> stamps;
  read_package(packages, kPackage, [&](const std::string& name, io::Bytes bytes) {
    const auto at = name.find(kFolder);
    if (at == name.npos) return;
    const auto path = name.substr(at + kFolder.size());
    Stamp& stamp = stamps[without_extension(path)];
    if (path.ends_with(".txt")) {
      stamp.text = std::move(bytes);
    } else if (path.ends_with(".svg") || (path.ends_with(".png") && stamp.picture.empty())) {
      stamp.path = path;
      stamp.picture = std::move(bytes);
    }
  });
  return stamps;
}

std::optional<Cutout> cutout_of(const Stamp& stamp, const std::string& where) {
  const auto kind = stamp_kind(stamp.path);
  if (kind == StampKind::unwanted) return std::nullopt;
  const auto names = stamp_names(stem_of(stamp.path), stamp.text);
  if (!names) return std::nullopt;
  const bool is_vector = stamp.path.ends_with(".svg");
  const auto image = is_vector ? draw_svg(stamp.picture, kVectorSide, where)
                               : limited(io::decode_image(stamp.picture, where), kLongest);
  Cutout cutout{.picture = trimmed(image),
                .style = kind == StampKind::photo ? Style::photo : Style::drawing,
                .english = names->english,
                .italian = names->italian,
                .category = stamp.path.substr(0, stamp.path.find('/')),
                .identity = names->english.bare,
                .may_flip = may_flip_stamp(stamp.path),
                .composable = true,
                .svg = is_vector ? stamp.picture : std::string()};
  for (char& c : cutout.identity) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  if (cutout.longest_side() < kSmallestStamp) return std::nullopt;
  return cutout;
}

}  // namespace

StampKind stamp_kind(std::string_view path) {
  const auto stem = stem_of(path);
  if (path.starts_with("symbols") || path.starts_with("town/roadsigns") ||
      stem.ends_with("_mirror") || is_unwanted_stamp(stem)) {
    return StampKind::unwanted;
  }
  const bool drawn = path.ends_with(".svg") || path.find("cartoon") != path.npos ||
                     is_drawn_stamp(stem) ||
                     (stem == "daffodil" && path.find("easter") != path.npos);
  return drawn ? StampKind::drawing : StampKind::photo;
}

std::optional<StampNames> stamp_names(std::string_view stem, std::string_view text) {
  if (const auto renamed = renamed_stamp(stem)) {
    return StampNames{name_with_article(renamed->english), name_with_article(renamed->italian)};
  }
  const auto english = line_from(text, 0);
  if (!is_english_caption(english)) return std::nullopt;
  constexpr std::string_view kItalian = "\nit.utf8=";
  const auto at = text.find(kItalian);
  const auto italian = at == text.npos ? std::string() : line_from(text, at + kItalian.size());
  StampNames names;
  names.english = name_with_article(phrase_of(english));
  if (is_italian_caption(italian)) names.italian = name_with_article(phrase_of(italian));
  return names;
}

std::vector<Cutout> read_stamps(const PackageFolder& packages) {
  std::vector<Cutout> cutouts;
  for (const auto& [stem, stamp] : read_files(packages)) {
    if (stamp.picture.empty()) continue;
    auto cutout = cutout_of(stamp, concat(kPackage, ": ", stamp.path));
    if (cutout) cutouts.push_back(std::move(*cutout));
  }
  std::stable_partition(cutouts.begin(), cutouts.end(),
                        [](const Cutout& cutout) { return cutout.style == Style::photo; });
  return cutouts;
}

}  // namespace imagine::data
