#include "io/sibling_folder.h"

#include "core/check.h"
#include "io/leftovers.h"

namespace imagine::io {
namespace {

constexpr std::uintmax_t kLinked = 256'000'000;  // bytes

void copy_or_link(const fs::path& from, const fs::path& to, std::error_code& error) {
  const auto file = fs::canonical(from, error);  // a link to a link would not outlive it
  if (error) return;
  if (fs::file_size(file, error) > kLinked) {
    fs::create_hard_link(file, to, error);
    if (!error) return;
  }
  fs::copy_file(file, to, error);
}

}  // namespace

SiblingFolder::SiblingFolder(const fs::path& target, const std::string& purpose) {
  const auto prefix = concat('.', target.filename().string(), '.', purpose, '.');
  remove_leftovers(target.parent_path(), prefix);
  const auto beside = concat((target.parent_path() / prefix).string(), process_tag(), '-');
  std::error_code error;
  const auto parent = fs::path(beside).parent_path();
  if (!parent.empty()) fs::create_directories(parent, error);
  bool is_new = false;
  for (int n = 0; !is_new && !error; ++n) {  // processes of two machines may share a number
    path_ = concat(beside, n);
    is_new = fs::create_directory(path_, error);
  }
  check<ResourceError>(is_new, path_.string(), ": expected to make this folder, got ",
                       error.message());
}

SiblingFolder::~SiblingFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

bool is_within(const fs::path& place, const fs::path& folder) {
  const auto within = fs::weakly_canonical(place).lexically_relative(fs::weakly_canonical(folder));
  return !within.empty() && *within.begin() != "..";
}

void copy_folder(const fs::path& from, const fs::path& to) {
  check<InputError>(!is_within(to, from), to.string(),
                    ": expected a folder outside of what is copied, ", from.string());
  std::error_code error;
  fs::create_directories(to, error);
  const fs::directory_iterator entries(from, error);
  check<ResourceError>(!error, to.string(), ": expected to copy ", from.string(), " to it, got ",
                       error.message());
  for (const auto& entry : entries) {
    const auto target = to / entry.path().filename();
    if (entry.is_directory()) {
      copy_folder(entry.path(), target);
      continue;
    }
    copy_or_link(entry.path(), target, error);
    check<ResourceError>(!error, target.string(), ": cannot be written: ", error.message());
  }
}

void rename_folder(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  check<ResourceError>(!error, to.string(), ": expected to rename ", from.string(), " to it, got ",
                       error.message());
}

}  // namespace imagine::io
