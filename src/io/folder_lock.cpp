#include "io/folder_lock.h"

#include <chrono>
#include <thread>

#include "core/check.h"

namespace imagine::io {
namespace {

constexpr auto kSigning = std::chrono::milliseconds(100);  // that a holder may take to say its name

}  // namespace

FolderLock::FolderLock(const fs::path& folder)
    : folder_((fs::absolute(folder) / "").lexically_normal().parent_path()),
      lock_(folder / ".imagine.lock") {
  std::error_code error;
  for (auto place = folder_; !fs::exists(place, error); place = place.parent_path()) ++made_;
  fs::create_directories(folder_, error);
  check<ResourceError>(!error, folder.string(), ": expected to make this folder, got ",
                       error.message());
  if (lock_.take()) return;
  std::this_thread::sleep_for(kSigning);
  throw InputError(
      concat(folder_.string(), ": expected a folder that nobody else writes to, got one that ",
             lock_.holder(), " writes to; wait for its end, or choose another folder"));
}

FolderLock::~FolderLock() {
  if (!lock_.is_held()) return;
  lock_.release();
  std::error_code ignored;
  for (; made_ > 0 && fs::is_empty(folder_, ignored); --made_) {
    fs::remove(folder_, ignored);
    folder_ = folder_.parent_path();
  }
}

}  // namespace imagine::io
