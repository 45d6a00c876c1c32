#include "hub/remote_file.h"

#include <algorithm>

#include "core/check.h"
#include "core/number.h"

namespace imagine::hub {
namespace {

constexpr long kOk = 200, kPartial = 206, kBadRange = 416;
constexpr int kMostRefusals = 3;

/// "bytes 5-9/20"; nullopt for anything else.
struct ContentRange {
  std::uint64_t first, last, total;
};

std::optional<ContentRange> content_range(std::string_view text) {
  constexpr std::string_view kUnit = "bytes ";
  const auto dash = text.find('-'), slash = text.find('/');
  if (!text.starts_with(kUnit) || dash == text.npos || slash == text.npos || dash > slash) {
    return std::nullopt;
  }
  const auto first = whole_number(text.substr(kUnit.size(), dash - kUnit.size()));
  const auto last = whole_number(text.substr(dash + 1, slash - dash - 1));
  const auto total = whole_number(text.substr(slash + 1));
  if (!first || !last || !total || *first < 0 || *last < *first || *total <= *last) {
    return std::nullopt;
  }
  return ContentRange{std::uint64_t(*first), std::uint64_t(*last), std::uint64_t(*total)};
}

}  // namespace

RemoteFile::RemoteFile(Client& client, Asked asked, const ListedFile& file)
    : client_(client), asked_(std::move(asked)), file_(file) {}

/// What the file's own headers say must be what the listing said.
void RemoteFile::locate() {
  const auto located = client_.locate(asked_);
  const auto where = concat(client_.settings().endpoint, '/', asked_.repository, ": ", asked_.path);
  check<FormatError>(!located.size || *located.size == file_.size, where, ": expected ", file_.size,
                     " bytes as listed, got a file of ", located.size.value_or(0));
  const auto digest = digest_named(located.etag);
  const bool differs = digest && digest->kind == file_.digest.kind && *digest != file_.digest;
  check<FormatError>(!differs, where, ": expected ", shown(file_.digest),
                     " as listed, got a file of ", digest ? shown(*digest) : "");
  url_ = located.url;
}

/// Where in the file the body begins; nullopt where a range was answered with something else.
std::optional<std::uint64_t> RemoteFile::begin_of(const Answer& answer, Range asked) const {
  const auto length = answer.count("content-length");
  if (answer.status == kOk) {
    return !length || *length == file_.size ? std::optional(std::uint64_t(0)) : std::nullopt;
  }
  const auto range = content_range(answer.header("content-range"));
  const bool fits = range && range->first == asked.begin && range->last + 1 == asked.end &&
                    range->total == file_.size && length == asked.size();
  return fits ? std::optional(asked.begin) : std::nullopt;
}

/// One GET; `left` shrinks by what came.
void RemoteFile::attempt(Range& left, Patience& patience,
                         const std::function<void(std::string_view)>& take) {
  const bool whole = left.begin == 0 && left.end == file_.size;
  const bool ranged = takes_ranges_ && !whole;
  bool mistaken = false;
  const auto receive = [&](const Answer& answer) -> Body {
    const auto begin = begin_of(answer, left);
    mistaken = !begin;
    if (!begin) return [](std::string_view) { return false; };
    refusals_ = 0;
    if (ranged && answer.status == kOk) takes_ranges_ = false;
    return [&, at = *begin](std::string_view bytes) mutable {
      const auto skipped = std::min<std::uint64_t>(left.begin - at, bytes.size());
      at += bytes.size();
      bytes = bytes.substr(skipped);
      const bool is_over = bytes.size() > left.size();  // its end is not to be waited for
      bytes = bytes.substr(0, std::min<std::uint64_t>(bytes.size(), left.size()));
      if (!bytes.empty()) {
        take(bytes);
        left.begin += bytes.size();
        patience.progress();
      }
      return !is_over;
    };
  };
  const auto range = ranged ? std::optional(std::pair(left.begin, left.end - 1)) : std::nullopt;
  const auto before = left.begin;
  const auto followed = client_.fetch(*url_, range, receive);
  if (mistaken || followed.answer.status == kBadRange) {
    check<ResourceError>(ranged, followed.url.shown(), ": expected a body of ", file_.size,
                         " bytes, got status ", followed.answer.status, " and ",
                         followed.answer.count("content-length").value_or(0), " bytes");
    takes_ranges_ = false;
    return;
  }
  if (left.size() > 0 && (followed.answer.status == kOk || followed.answer.status == kPartial)) {
    const NetworkError cut(concat(followed.url.shown(), ": expected bytes to ", left.end,
                                  ", got them to ", left.begin),
                           true, true);
    if (left.begin == before) patience.wait(cut);
  } else if (left.size() > 0) {
    consider(followed, patience);
  }
}

/// Decides about a refusal: a signed address ends, a server may be busy.
void RemoteFile::consider(const Followed& followed, Patience& patience) {
  const auto& [url, answer] = followed;
  if (is_passing(answer)) {
    patience.wait(answer, url.shown());
    return;
  }
  const bool may_have_ended =
      answer.status == 400 || answer.status == 401 || answer.status == 403 || answer.status == 410;
  if (!may_have_ended || client_.is_trusted(url)) refuse(answer, asked_, client_.settings());
  const auto told = told_by(answer);
  check<ResourceError>(++refusals_ < kMostRefusals, url.shown(), ": expected the bytes of ",
                       asked_.path, ", got status ", answer.status, " from ", url.host(), ' ',
                       kMostRefusals, " times, each time with a new address",
                       told.empty() ? "" : concat(" (", told, ')'));
  url_.reset();
}

void RemoteFile::read(Range range, const std::function<void(std::string_view)>& take) {
  Patience patience(client_.settings().timing, client_.listener());
  while (range.size() > 0) {
    if (!url_) locate();
    try {
      attempt(range, patience, take);
    } catch (const NetworkError& failure) {
      patience.wait(failure);
    }
  }
}

}  // namespace imagine::hub
