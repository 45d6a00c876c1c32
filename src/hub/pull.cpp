#include "hub/pull.h"

#include <algorithm>
#include <memory>
#include <thread>
#include <vector>

#include "core/check.h"
#include "hub/catalogue.h"
#include "hub/job.h"
#include "io/folder_lock.h"

namespace imagine::hub {
namespace {

namespace fs = io::fs;

constexpr std::uint64_t kSpare = 64'000'000;  // bytes of disk that stay free

/// Without a slash at its end, which would hide its name.
fs::path plain(const fs::path& folder) {
  const auto path = fs::absolute(folder).lexically_normal();
  return path.has_filename() ? path : path.parent_path();
}

fs::path folder_of(const PullOptions& options, const Model& model) {
  if (!options.to.empty()) return plain(options.to);
  check<ConfigError>(!models_folder().empty(),
                     "pull: expected IMAGINE_MODELS or HOME to say where "
                     "models are kept, or --to, got none of them");
  return plain(models_folder() / model.name);
}

/// The model's needs first: a model that is whole can be drawn with.
std::vector<Job> plan(Client& client, const PullOptions& options) {
  const auto model = model_named(options.name);
  const auto folder = folder_of(options, model);
  std::vector<Job> jobs;
  for (const auto& name : model.needs) {
    jobs.push_back(plan_job(client, model_named(name), folder.parent_path() / name));
  }
  jobs.push_back(plan_job(client, model, folder));
  return jobs;
}

/// "ENDPOINT/ORG/NAME at COMMIT", of each repository that something comes from.
std::string places_of(const Job& job, const Settings& settings) {
  std::string places;
  for (const auto& target : job.missing) {
    const auto place =
        concat(settings.endpoint, '/', target.repository, " at ", target.commit.substr(0, 12));
    if (places.find(place) == places.npos) places += concat(places.empty() ? "" : " and ", place);
  }
  return places;
}

void announce(const Job& job, const Settings& settings, const Listener& listener) {
  for (const auto& note : job.notes) listener.note(note);
  if (job.missing.empty()) {
    listener.note(concat(job.model.name, ": is here already, in ", job.folder.string()));
    return;
  }
  listener.note(concat(job.model.name, " (", job.model.about, "): ", job.missing.size(),
                       job.missing.size() == 1 ? " file, " : " files, ", shown_bytes(job.left()),
                       " from ", places_of(job, settings), ", licence: ", job.model.licence,
                       ", to ", job.folder.string()));
}

void check_space(const std::vector<Job>& jobs) {
  std::uint64_t needed = 0;
  for (const auto& job : jobs) needed += job.left();
  auto place = jobs.back().folder;
  std::error_code error;
  while (!fs::exists(place, error) && place.has_relative_path()) place = place.parent_path();
  const auto space = fs::space(place, error);
  if (error || needed == 0) return;  // writing will tell
  check<ResourceError>(needed + kSpare <= space.available, place.string(), ": expected ",
                       shown_bytes(needed), " of free space and a little to spare, got ",
                       shown_bytes(space.available));
}

/// Waits for another process that pulls into the same folder.
std::unique_ptr<io::FolderLock> lock(const fs::path& folder, const Listener& listener) {
  constexpr std::chrono::milliseconds kPause(200);
  for (bool told = false;; told = true) {
    try {
      return std::make_unique<io::FolderLock>(folder);
    } catch (const InputError& held) {
      if (!told) listener.note(concat(folder.string(), ": another pull is at it; waiting"));
    }
    check_stop(listener.stop);
    std::this_thread::sleep_for(kPause);
  }
}

/// Counts over all files of all models.
class Progress {
 public:
  Progress(const std::vector<Job>& jobs, const Listener& listener) : listener_(listener) {
    for (const auto& job : jobs) {
      for (const auto& target : job.missing) total_ += target.size();
    }
  }

  void show(std::uint64_t of_this) const { listener_.progress(done_ + of_this, total_); }
  void add(std::uint64_t size) { done_ += size; }

 private:
  const Listener& listener_;
  std::uint64_t done_ = 0, total_ = 0;
};

void run(Job& job, Client& client, Progress& progress) {
  const auto held = lock(job.folder, client.listener());
  const auto planned = job.missing;
  look_again(job);
  auto record = Record::read(job.folder);
  const bool changes = !job.missing.empty() || !job.adopted.empty();
  if (!changes && record.complete) return;
  record.complete = false;
  for (std::size_t i = 0; i < job.adopted.size(); ++i) {
    record.files[job.adopted_paths[i]] = job.adopted[i];
  }
  record.write(job.folder);
  auto* asked = client.settings().offline.empty() ? &client : nullptr;
  for (const auto& target : job.missing) {
    const auto path = target.place.lexically_relative(job.folder).generic_string();
    fetch(asked, target,
          {.bytes =
               [&](std::uint64_t bytes) {
                 check_stop(client.listener().stop);
                 progress.show(bytes);
               },
           .whole =
               [&](const FileRecord& file) {
                 record.files[path] = file;
                 record.write(job.folder);
               }});
    progress.add(target.size());
  }
  record.complete = true;
  record.write(job.folder);
  if (!planned.empty()) {
    std::error_code ignored;
    fs::remove_all(planned.front().parts, ignored);
  }
}

/// What there is of files that are not whole, in bytes.
std::uint64_t kept_bytes(const std::vector<Job>& jobs) {
  std::uint64_t sum = 0;
  for (const auto& job : jobs) {
    for (const auto& target : job.missing) {
      std::error_code none;
      const auto size = fs::file_size(target.part(), none);
      if (!none) sum += size;
    }
  }
  return sum;
}

}  // namespace

fs::path pull(const PullOptions& options, const Settings& settings, const Listener& listener) {
  std::vector<Job> jobs;
  try {
    Client client(settings, listener);
    jobs = plan(client, options);
    for (const auto& job : jobs) announce(job, settings, listener);
    check_space(jobs);
    Progress progress(jobs, listener);
    for (auto& job : jobs) run(job, client, progress);
    for (const auto& job : jobs) {
      if (!job.model.afterwards.empty()) {
        listener.note(concat(job.model.name, ": ", job.model.afterwards));
      }
    }
  } catch (const Interrupted& error) {
    throw Interrupted(concat(error.what(), "; ", shown_bytes(kept_bytes(jobs)),
                             " of files that are not whole are kept, and the same command goes on "
                             "from there"));
  } catch (const NetworkError& error) {
    if (error.reached() || !error.may_pass()) throw;
    throw NetworkError(concat(error.what(),
                              "; is this machine online? A proxy is taken from "
                              "HTTPS_PROXY, a mirror from HF_ENDPOINT"),
                       false, false);
  }
  return jobs.back().folder;
}

}  // namespace imagine::hub
