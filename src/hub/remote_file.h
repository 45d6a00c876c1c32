/// A file on the hub as something to read ranges of.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "hub/client.h"
#include "hub/listing.h"
#include "hub/patience.h"

namespace imagine::hub {

/// Bytes from `begin` to before `end`.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;

  std::uint64_t size() const { return end - begin; }
  bool operator==(const Range&) const = default;
};

/// Asks where the bytes are once, and again where that has ended. For one thread at a time.
class RemoteFile {
 public:
  /// `client` must outlive it.
  RemoteFile(Client& client, Asked asked, const ListedFile& file);

  std::uint64_t size() const { return file_.size; }
  const ListedFile& listed() const { return file_; }

  /// Hands these bytes to `take`, in order and each once, whatever breaks in between: a broken
  /// connection is continued where it ended, an address that has ended is asked for anew, and of a
  /// server that sends the whole file in place of a range the rest is dropped. Throws refuse()'s
  /// errors, NetworkError or ResourceError where it does not get further. Nothing here tells
  /// whether they are the right bytes: hash them.
  void read(Range range, const std::function<void(std::string_view)>& take);

  /// False once the server has ignored or mistaken a range: each costs the whole file then.
  bool takes_ranges() const { return takes_ranges_; }
  /// Ranges are not asked for any more.
  void forget_ranges() { takes_ranges_ = false; }

 private:
  void locate();
  void attempt(Range& left, Patience& patience, const std::function<void(std::string_view)>& take);
  std::optional<std::uint64_t> begin_of(const Answer& answer, Range asked) const;
  void consider(const Followed& followed, Patience& patience);

  Client& client_;
  Asked asked_;
  ListedFile file_;
  std::optional<Url> url_;
  bool takes_ranges_ = true;
  int refusals_ = 0;  // of addresses, one after another
};

}  // namespace imagine::hub
