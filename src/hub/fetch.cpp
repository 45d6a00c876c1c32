#include "hub/fetch.h"

#include <algorithm>

#include "core/check.h"
#include "hub/part_file.h"
#include "io/safetensors.h"

namespace imagine::hub {
namespace {

/// A part that grows, is counted and hashed.
class Growing {
 public:
  Growing(const Target& target, const FetchEvents& events)
      : target_(target), events_(events), part_(target.part()), hasher_(fresh()) {
    if (part_.size() > target.size()) part_.cut(0);
    std::uint64_t hashed = 0;
    if (part_.size() > 0) {
      read_in_pieces(part_.path(), [&](std::string_view piece) {
        hasher_.add(piece);
        events_.bytes(hashed += piece.size());
      });
    }
  }

  void add(std::string_view bytes) {
    part_.append(bytes);
    hasher_.add(bytes);
    events_.bytes(part_.size());
  }

  void begin_anew() {
    part_.cut(0);
    hasher_ = fresh();
    events_.bytes(0);
  }

  std::uint64_t size() const { return part_.size(); }
  PartFile& part() { return part_; }
  Digest finish() { return hasher_.finish(); }

 private:
  Hasher fresh() const {
    const auto kind = target_.slice ? DigestKind::sha256 : target_.file.digest.kind;
    return {kind, target_.file.size};
  }

  const Target& target_;
  const FetchEvents& events_;
  PartFile part_;
  Hasher hasher_;
};

ReadRange reader_of(RemoteFile& file) {
  return [&file](Range range, const Take& take) { file.read(range, take); };
}

/// The whole file, from the cache where that has it right, else from the hub.
Digest fill_whole(Client* client, const Target& target, Growing& growing) {
  const auto& expected = target.file.digest;
  const auto where = concat(target.place.string(), ": ", target.repository, ": ", target.file.path);
  if (target.cached) {
    growing.begin_anew();
    read_in_pieces(*target.cached, [&](std::string_view piece) { growing.add(piece); });
    auto digest = growing.finish();
    if (digest == expected) return digest;
    growing.begin_anew();
    check<FormatError>(client != nullptr, target.cached->string(), ": expected ", shown(expected),
                       ", got ", shown(digest));
    client->listener().note(concat(target.cached->string(),
                                   ": its content is not what its name "
                                   "says; fetching it instead"));
  }
  check<InputError>(client != nullptr, where,
                    ": expected it in the cache of other programs, where "
                    "requests are forbidden; it is not there");
  RemoteFile file(*client, {target.repository, target.commit, target.file.path}, target.file);
  for (int tries = 0;; ++tries) {
    file.read({growing.size(), target.file.size},
              [&](std::string_view bytes) { growing.add(bytes); });
    auto digest = growing.finish();
    if (digest == expected) return digest;
    growing.begin_anew();
    if (tries > 0) growing.part().remove();
    check<FormatError>(tries == 0, where, ": expected ", shown(expected), ", got ", shown(digest),
                       " twice: what is between here and the hub changes it");
    client->listener().note(concat(where, ": its hash is wrong; fetching it once more"));
    file.forget_ranges();
  }
}

Digest fill_slice(Client* client, const Target& target, Growing& growing) {
  const auto add = [&](std::string_view bytes) { growing.add(bytes); };
  if (target.cached) {
    growing.begin_anew();
    const io::MappedFile file(*target.cached);
    const std::string_view all(reinterpret_cast<const char*>(file.bytes().data()),
                               file.bytes().size());
    const auto read = [&](Range range, const Take& take) {
      constexpr std::uint64_t kPiece = 1 << 20;
      for (auto at = range.begin; at < range.end; at += kPiece) {
        take(all.substr(at, std::min(kPiece, range.end - at)));
      }
    };
    read_slice(*target.slice, 0, read, add);
    return growing.finish();
  }
  RemoteFile file(*client, {target.repository, target.commit, target.file.path}, target.file);
  read_slice(*target.slice, growing.size(), reader_of(file), add);
  return growing.finish();
}

/// What can be known of a part of a file: that it is one of the format, whole in its own terms.
void check_slice(const Target& target, Growing& growing) {
  try {
    const io::SafetensorsFile file(growing.part().path());
    check<FormatError>(file.tensors().size() == target.slice->tensors, target.place.string(),
                       ": expected ", target.slice->tensors, " tensors, got ",
                       file.tensors().size());
  } catch (const FormatError&) {
    growing.part().remove();
    throw;
  }
}

}  // namespace

io::fs::path Target::part() const {
  auto name = file.digest.hex;
  if (slice) {  // other tensors are another file
    Hasher hasher(DigestKind::sha256, 0);
    hasher.add(slice->begin);
    name = name.substr(0, 24) + "-" + hasher.finish().hex.substr(0, 24);
  }
  return parts / (name + ".part");
}

void fetch(Client* client, const Target& target, const FetchEvents& events) {
  Growing growing(target, events);
  const auto digest =
      target.slice ? fill_slice(client, target, growing) : fill_whole(client, target, growing);
  check<FormatError>(growing.size() == target.size(), target.place.string(), ": expected ",
                     target.size(), " bytes, got ", growing.size());
  if (target.slice) check_slice(target, growing);
  // An older file must not be taken for this one, should the end come in between.
  std::error_code none;
  io::fs::remove(target.place, none);
  events.whole({.repository = target.repository,
                .commit = target.commit,
                .path = target.file.path,
                .hub_digest = target.file.digest.hex,
                .tensors = target.tensors,
                .size = target.size(),
                .digest = digest.hex,
                .verified = !target.slice || target.cached.has_value()});
  growing.part().commit(target.place);
}

}  // namespace imagine::hub
