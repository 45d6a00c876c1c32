#include "data/web_shard_names.h"

#include <algorithm>
#include <array>
#include <fnmatch.h>
#include <fstream>
#include <functional>
#include <optional>
#include <regex>
#include <set>
#include <sstream>

#include "core/check.h"
#include "io/image_file.h"
#include "io/tar.h"
#include "io/utf8.h"

namespace imagine::data {
namespace {

using io::fs::path;
using Names = std::vector<std::string>;

constexpr std::size_t kMostNames = 1'000'000;
constexpr std::size_t kMostBraces = 100;  // within each other

void check_count(std::size_t count) {
  check<InputError>(count <= kMostNames, "shards: expected braces for at most ", kMostNames,
                    " names, got more");
}

/// The braces of a name. Backslashes stay until the end.
class Braces {
 public:
  explicit Braces(const std::string& whole) : whole_(whole) {}

  Names expanded(std::string_view pattern) {
    check<InputError>(++depth_ <= kMostBraces, "shards: expected braces ", kMostBraces,
                      " deep at most, got \"", whole_, '"');
    Names names{""};
    for (std::size_t i = 0; i < pattern.size();) {
      if (pattern[i] != '{') {
        const auto end = std::min(pattern.size(), i + (pattern[i] == '\\' ? 2 : 1));
        check<InputError>(pattern[i] != '}', "shards: expected braces that close, got \"", whole_,
                          '"');
        for (auto& name : names) name += pattern.substr(i, end - i);
        i = end;
        continue;
      }
      const auto end = closing(pattern, i);
      names = product(names, meanings(pattern.substr(i + 1, end - i - 1)));
      i = end + 1;
    }
    --depth_;
    return names;
  }

 private:
  /// Where the brace that opens at `begin` closes.
  std::size_t closing(std::string_view pattern, std::size_t begin) const {
    int open = 0;
    for (auto i = begin; i < pattern.size(); ++i) {
      if (pattern[i] == '\\') {
        ++i;
      } else if (pattern[i] == '{') {
        ++open;
      } else if (pattern[i] == '}' && --open == 0) {
        return i;
      }
    }
    throw InputError(concat("shards: expected braces that close, got \"", whole_, '"'));
  }

  static Names product(const Names& firsts, const Names& seconds) {
    check_count(firsts.size() * seconds.size());
    Names names;
    for (const auto& first : firsts) {
      for (const auto& second : seconds) names.push_back(first + second);
    }
    return names;
  }

  /// Of what stands within braces: a range, a choice, or neither, which keeps its braces.
  Names meanings(std::string_view inside) {
    const std::string text(inside);
    static const std::regex numbers(R"((-?[0-9]{1,18})\.\.(-?[0-9]{1,18})(\.\.-?([0-9]{1,18}))?)");
    static const std::regex letters(R"(([A-Za-z])\.\.([A-Za-z])(\.\.-?([0-9]{1,18}))?)");
    std::smatch parts;
    if (std::regex_match(text, parts, numbers)) {
      return numbers_between(parts[1], parts[2], step_of(parts[4]));
    }
    if (std::regex_match(text, parts, letters)) {
      return letters_between(text[0], text[3], step_of(parts[4]));
    }
    if (auto names = choice(inside)) return std::move(*names);
    return product(product({"{"}, expanded(inside)), {"}"});
  }

  static std::int64_t step_of(const std::string& text) {
    return text.empty() ? 1 : std::max<std::int64_t>(1, std::stoll(text));
  }

  static Names range(std::int64_t first, std::int64_t last, std::int64_t step,
                     const std::function<std::string(std::int64_t)>& name) {
    const auto count = (std::abs(last - first)) / step + 1;
    check_count(std::size_t(count));
    Names names;
    for (std::int64_t i = 0; i < count; ++i) {
      names.push_back(name(first <= last ? first + i * step : first - i * step));
    }
    return names;
  }

  /// Where one begins with a zero all are as wide as the wider, their sign counted.
  static Names numbers_between(const std::string& first, const std::string& last,
                               std::int64_t step) {
    const auto padded = [](const std::string& number) {
      return number != "0" && number != "-0" &&
             (number.starts_with("0") || number.starts_with("-0"));
    };
    const bool pads = padded(first) || padded(last);
    const auto width = pads ? std::max(first.size(), last.size()) : 0;
    return range(std::stoll(first), std::stoll(last), step, [width](std::int64_t number) {
      const std::string sign = number < 0 ? "-" : "";
      const auto digits = std::to_string(std::abs(number));
      const auto used = sign.size() + digits.size();
      return sign + std::string(width > used ? width - used : 0, '0') + digits;
    });
  }

  /// Capitals stand before small letters, with nothing between them.
  static Names letters_between(char first, char last, std::int64_t step) {
    const auto number = [](char c) { return c <= 'Z' ? c - 'A' : c - 'a' + 26; };
    return range(number(first), number(last), step, [](std::int64_t n) {
      return std::string(1, char(n < 26 ? 'A' + n : 'a' + n - 26));
    });
  }

  /// Nothing where no comma stands outside of inner braces.
  std::optional<Names> choice(std::string_view inside) {
    Names names;
    std::size_t begin = 0;
    bool is_choice = false;
    const auto add = [&](std::size_t end) {
      const auto more = expanded(inside.substr(begin, end - begin));
      names.insert(names.end(), more.begin(), more.end());
      check_count(names.size());
      begin = end + 1;
    };
    for (std::size_t i = 0; i < inside.size(); ++i) {
      if (inside[i] == '\\') {
        ++i;
      } else if (inside[i] == '{') {
        i = closing(inside, i);
      } else if (inside[i] == ',') {
        is_choice = true;
        add(i);
      }
    }
    if (!is_choice) return std::nullopt;
    add(inside.size());
    return names;
  }

  const std::string& whole_;
  std::size_t depth_ = 0;
};

bool has_wildcard(const std::string& name) { return name.find_first_of("*?[") != name.npos; }

std::string lowered(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  }
  return text;
}

bool is_tar(const path& file) {
  if (lowered(file.extension().string()) == ".tar") return true;
  std::ifstream stream(file, std::ios::binary);
  std::array<char, 5> magic{};
  stream.seekg(257);
  return stream.read(magic.data(), magic.size()) &&
         std::string_view(magic.data(), magic.size()) == "ustar";
}

/// Of "a.tar.gz" and the like what stands before: "a".
std::optional<std::string> stem_of_compressed(const path& file) {
  constexpr std::array<std::string_view, 8> kEndings = {".tar.gz", ".tgz", ".tar.bz2", ".tbz2",
                                                        ".tar.xz", ".txz", ".tar.zst", ".tzst"};
  const auto name = lowered(file.string());
  for (const auto ending : kEndings) {
    if (name.ends_with(ending)) return file.string().substr(0, name.size() - ending.size());
  }
  return std::nullopt;
}

[[noreturn]] void refuse(const path& file) {
  const auto what = io::mistaken_for_tar(file);
  throw InputError(concat(file.string(), ": expected an uncompressed tar, got ",
                          what.empty() ? "one that is compressed" : what));
}

/// What the folder holds and does not hide, in order.
std::vector<path> visible_in(const path& folder) {
  std::vector<path> found;
  std::error_code unreadable;
  for (const auto& entry : io::fs::directory_iterator(folder.empty() ? "." : folder, unreadable)) {
    const auto name = entry.path().filename();
    if (!name.string().starts_with(".")) found.push_back(folder / name);
  }
  std::ranges::sort(found);
  return found;
}

/// What matches a pattern with wildcards.
class Matching {
 public:
  Matching(const path& base, const path& pattern) : parts_(pattern.begin(), pattern.end()) {
    if (parts_.back() == "**") parts_.emplace_back("*.tar");
    visit(base, 0);
  }

  const std::set<path>& found() const { return found_; }

 private:
  void visit(const path& at, std::size_t i) {
    if (i == parts_.size()) {
      found_.insert(at);
    } else if (const auto part = parts_[i].string(); part == "**") {
      visit(at, i + 1);
      for (const auto& entry : visible_in(at)) {
        if (io::fs::is_directory(io::fs::symlink_status(entry))) visit(entry, i);
      }
    } else if (has_wildcard(part)) {
      for (const auto& entry : visible_in(at)) {
        const auto name = entry.filename().string();
        if (fnmatch(part.c_str(), name.c_str(), FNM_NOESCAPE | FNM_PERIOD) == 0)
          visit(entry, i + 1);
      }
    } else if (io::fs::exists(at / parts_[i])) {
      visit(at / parts_[i], i + 1);
    }
  }

  std::vector<path> parts_;
  std::set<path> found_;
};

/// Finds what is named and keeps the tars.
class Finder {
 public:
  /// `base` is the folder of the list that has the name, if one has.
  void add(const path& base, const std::string& name, bool in_list) {
    if (io::fs::exists(base / name)) return add_path(base / name, in_list);
    for (const auto& each : expand_braces(name)) {
      if (io::fs::exists(base / each) || !has_wildcard(each)) {
        add_path(base / each, in_list);
      } else {
        add_matching(base, each);
      }
    }
  }

  std::vector<path> take() { return std::move(shards_); }

 private:
  void add_matching(const path& base, const std::string& pattern) {
    const Matching matching(base, pattern);
    check<InputError>(!matching.found().empty(), (base / pattern).string(),
                      ": expected shards, found none that match");
    const auto before = shards_.size();
    for (const auto& found : matching.found()) {
      if (io::fs::is_directory(found)) {
        add_tars(visible_in(found));
      } else {
        add_tars({found});
      }
    }
    if (shards_.size() > before) return;
    for (const auto& found : matching.found()) {  // by another ending
      if (is_tar(found)) shards_.push_back(found);
      if (!io::mistaken_for_tar(found).empty()) refuse(found);
    }
    check<InputError>(shards_.size() > before, (base / pattern).string(),
                      ": expected shards, found ", matching.found().begin()->string());
  }

  /// Of files that were found, not named, those that are tars.
  void add_tars(const std::vector<path>& found) {
    for (const auto& file : found) {
      const auto stem = stem_of_compressed(file);  // beside the tar it is what that was
      if (stem && !io::fs::exists(*stem + ".tar")) refuse(file);
      if (!io::fs::is_directory(file) && lowered(file.extension().string()) == ".tar") {
        shards_.push_back(file);
      }
    }
  }

  void add_path(const path& named, bool in_list) {
    check<InputError>(io::fs::exists(named), named.string(),
                      ": expected a .tar, a folder of them or a list, found nothing",
                      named.string().find(":/") == std::string::npos
                          ? ""
                          : "; shards are read from files: download them first");
    if (io::fs::is_directory(named)) return add_folder(named);
    if (is_tar(named)) return shards_.push_back(named);
    if (stem_of_compressed(named) || !io::mistaken_for_tar(named).empty()) refuse(named);
    check<InputError>(!in_list, named.string(), ": expected .tar files and folders in a list");
    add_list(named);
  }

  void add_folder(const path& folder) {
    const auto found = visible_in(folder);
    const auto before = shards_.size();
    add_tars(found);
    const auto pictures = std::ranges::count_if(found, io::has_image_extension);
    check<InputError>(shards_.size() > before, folder.string(), ": expected .tar files, found none",
                      pictures == 0 ? ""
                                    : concat(" but ", pictures, " pictures: `tar --sort=name -cf ",
                                             "NAME.tar -C ", folder.string(), " .` packs them"));
  }

  void add_list(const path& list) {
    const auto text = io::read_file(list);
    check<InputError>(io::is_utf8(text) && text.find('\0') == text.npos, list.string(),
                      ": expected a .tar, a folder of them or a list of these, got another file");
    std::istringstream lines{std::string(io::without_byte_order_mark(text))};
    const auto before = shards_.size();
    for (std::string line; std::getline(lines, line);) {
      constexpr const char* kSpace = " \t\r";
      const auto begin = line.find_first_not_of(kSpace);
      if (begin == line.npos || line[begin] == '#') continue;
      add(list.parent_path(), line.substr(begin, line.find_last_not_of(kSpace) - begin + 1), true);
    }
    check<InputError>(shards_.size() > before, list.string(),
                      ": expected shards, the list is empty");
  }

  std::vector<path> shards_;
};

/// Names that a comma within braces has cut are put together.
Names rejoined(const Names& names) {
  Names whole;
  int open = 0;
  for (const auto& name : names) {
    if (open > 0) {
      whole.back() += ',' + name;
    } else {
      whole.push_back(name);
    }
    for (std::size_t i = 0; i < name.size(); ++i) {
      if (name[i] == '\\') {
        ++i;
      } else if (name[i] == '{' || name[i] == '}') {
        open += name[i] == '{' ? 1 : -1;
      }
    }
  }
  return open == 0 ? whole : names;
}

}  // namespace

std::vector<std::string> expand_braces(const std::string& name) {
  auto names = Braces(name).expanded(name);
  for (auto& each : names) {
    std::string plain;
    for (std::size_t i = 0; i < each.size(); ++i) {
      if (each[i] == '\\' && i + 1 < each.size()) ++i;
      plain += each[i];
    }
    each = std::move(plain);
  }
  return names;
}

std::vector<path> find_web_shards(const Names& names) {
  Finder finder;
  for (const auto& name : rejoined(names)) finder.add({}, name, false);
  return finder.take();
}

}  // namespace imagine::data
