#include "hub/listing.h"

#include <algorithm>
#include <set>

#include "core/check.h"
#include "hub/words.h"
#include "io/json_file.h"

namespace imagine::hub {
namespace {

constexpr std::size_t kMostFiles = 100'000;
constexpr int kMostPages = 1000;

const Json& member(const Json& json, const char* name, const std::string& where) {
  check<FormatError>(json.is_object(), where, ": expected an object, got ", json.type_name());
  const auto found = json.find(name);
  check<FormatError>(found != json.end(), where, ": expected a member ", name);
  return *found;
}

std::string text_of(const Json& json, const char* name, const std::string& where) {
  const auto& value = member(json, name, where);
  check<FormatError>(value.is_string(), where, ": ", name, ": expected a text, got ",
                     value.type_name());
  return value.get<std::string>();
}

std::uint64_t size_of(const Json& json, const std::string& where) {
  const auto& value = member(json, "size", where);
  check<FormatError>(is_integer_of<std::int64_t>(value) && value.get<std::int64_t>() >= 0, where,
                     ": size: expected a count of bytes, got ", value.type_name());
  return value.get<std::uint64_t>();
}

Digest digest_of_entry(const Json& json, DigestKind kind, const std::string& where) {
  const auto text = text_of(json, "oid", where);
  const auto digest = digest_named(text);
  check<FormatError>(digest && digest->kind == kind, where, ": oid: expected ",
                     kind == DigestKind::sha256 ? 64 : 40, " hexadecimal digits, got \"",
                     shown(text), '"');
  return *digest;
}

/// Of a large file the hash is in `lfs`; its own `oid` is that of a pointer to it.
ListedFile read_file_entry(const Json& entry, const std::string& page) {
  ListedFile file{.path = text_of(entry, "path", page)};
  check_path(file.path, page);
  const auto where = concat(page, ": ", file.path);
  const auto large = entry.find("lfs");
  if (large != entry.end() && !large->is_null()) {
    file.digest = digest_of_entry(*large, DigestKind::sha256, where);
    file.size = size_of(*large, where);
  } else {
    file.digest = digest_of_entry(entry, DigestKind::git_blob, where);
    file.size = size_of(entry, where);
  }
  return file;
}

void refuse_twins(const Listing& listing, const std::string& where) {
  std::set<std::string_view> paths;
  for (const auto& file : listing.files) {
    check<FormatError>(paths.insert(file.path).second, where, ": expected each file once, got ",
                       file.path, " twice");
  }
  for (const auto path : paths) {
    for (auto end = path.find('/'); end != path.npos; end = path.find('/', end + 1)) {
      check<FormatError>(!paths.contains(path.substr(0, end)), where, ": expected ",
                         path.substr(0, end), " to be a file or a folder, got ", path, " too");
    }
  }
}

std::string commit_of(Client& client, const Source& source, const Asked& asked) {
  const auto place =
      concat("/api/models/", source.repository, "/revision/", url_segment(source.revision));
  const auto where = client.settings().endpoint + place;
  const auto answer = client.read(place, asked);
  // A sign-in page is no JSON: told as what it is.
  if (!answer.text.starts_with('{')) refuse_stranger(Url(where, "HF_ENDPOINT"), answer);
  const auto commit = text_of(io::parse_json(answer.text, where), "sha", where);
  check<FormatError>(is_commit(commit), where, ": sha: expected a commit of 40 digits, got \"",
                     shown(commit), '"');
  check<FormatError>(!is_commit(source.revision) || commit == source.revision, where,
                     ": expected this commit, got ", commit);
  return commit;
}

}  // namespace

Listing list_files(Client& client, const Source& source) {
  const Asked asked{.repository = source.repository, .revision = source.revision};
  Listing listing{.commit = commit_of(client, source, asked), .files = {}};
  auto place = concat("/api/models/", source.repository, "/tree/", listing.commit,
                      "?recursive=true&expand=false");
  const auto where = concat(client.settings().endpoint, '/', source.repository, " at ",
                            listing.commit.substr(0, 12));
  for (int pages = 1; !place.empty(); ++pages) {
    check<FormatError>(pages <= kMostPages, where, ": expected at most ", kMostPages,
                       " pages of files, got more");
    const auto answer = client.read(place, asked);
    add_page(answer.text, where, listing);
    place = next_page(answer.header("link"));
  }
  refuse_twins(listing, where);
  return listing;
}

void add_page(const std::string& text, const std::string& where, Listing& listing) {
  const auto page = io::parse_json(text, where);
  check<FormatError>(page.is_array(), where, ": expected an array of files, got ",
                     page.type_name());
  for (const auto& entry : page) {
    if (text_of(entry, "type", where) == "file") {
      listing.files.push_back(read_file_entry(entry, where));
    }
  }
  check<FormatError>(listing.files.size() <= kMostFiles, where, ": expected at most ", kMostFiles,
                     " files, got more");
}

std::string next_page(const std::string& link) {
  std::size_t at = 0;
  while ((at = link.find('<', at)) != link.npos) {
    const auto close = link.find('>', at);
    if (close == link.npos) return {};
    const auto end = std::min(link.find('<', close), link.size());
    const auto parameters = link.substr(close, end - close);
    if (parameters.find("rel=\"next\"") != parameters.npos ||
        parameters.find("rel=next") != parameters.npos) {
      return link.substr(at + 1, close - at - 1);
    }
    at = end;
  }
  return {};
}

}  // namespace imagine::hub
