#include "bulk/shard_folder.h"

#include <array>
#include <cstdio>
#include <string>
#include <string_view>

#include "core/check.h"
#include "core/number.h"

namespace imagine::bulk {
namespace {

constexpr std::string_view kStem = "pictures-", kEnding = ".tar", kLockEnding = ".lock";
constexpr std::string_view kHiddenStem = ".pictures-";
constexpr std::string_view kTemporaryStem = ".imagine-", kTemporaryEnding = ".tmp";  // AtomicFile's

std::string number_of(std::int64_t shard) {
  std::array<char, 24> digits{};
  std::snprintf(digits.data(), digits.size(), "%06lld", static_cast<long long>(shard));
  return digits.data();
}

bool is_between(std::string_view name, std::string_view begin, std::string_view end) {
  return name.size() > begin.size() + end.size() && name.starts_with(begin) && name.ends_with(end);
}

}  // namespace

io::fs::path ShardFolder::path_of(std::int64_t shard) const {
  return folder_ / concat(kStem, number_of(shard), kEnding);
}

bool ShardFolder::has(std::int64_t shard) const { return io::fs::is_regular_file(path_of(shard)); }

std::vector<bool> ShardFolder::present() const {
  std::vector<bool> there(std::size_t(shards_), false);
  for (const auto& entry : io::fs::directory_iterator(folder_)) {
    const auto name = entry.path().filename().string();
    if (!is_between(name, kStem, kEnding)) continue;
    const auto digits =
        std::string_view(name).substr(kStem.size(), name.size() - kStem.size() - kEnding.size());
    const auto shard = whole_number(digits).value_or(-1);
    if (shard >= 0 && shard < shards_ && number_of(shard) == digits)
      there[std::size_t(shard)] = true;
  }
  return there;
}

io::LockFile ShardFolder::lock_of(std::int64_t shard) const {
  return io::LockFile(folder_ / concat(kHiddenStem, number_of(shard), kLockEnding));
}

void ShardFolder::sweep() const {
  for (const auto& entry : io::fs::directory_iterator(folder_)) {
    const auto name = entry.path().filename().string();
    const bool is_left = is_between(name, kHiddenStem, kLockEnding) ||
                         is_between(name, kTemporaryStem, kTemporaryEnding);
    std::error_code stays;
    if (is_left) io::fs::remove(entry.path(), stays);
  }
}

}  // namespace imagine::bulk
