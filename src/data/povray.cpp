#include "data/povray.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <memory>
#include <signal.h>
#include <span>
#include <spawn.h>
#include <string_view>
#include <sys/wait.h>
#include <system_error>
#include <thread>
#include <unistd.h>

#include "core/check.h"
#include "data/scene_text.h"
#include "io/file.h"
#include "io/image_file.h"

namespace imagine::data {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

/// Antialiasing where neighbours differ by more than 0.2, four rays a pixel there: at nine the eye
/// sees no difference for twice the time. One thread, so that no order of threads can matter.
const std::vector<std::string> kQuality = {"+A0.2", "+AM1", "+R2", "-J", "+Q9", "+MB3", "+WT1"};
constexpr std::size_t kFramesPerProcess = 32;  // at most 99: two digits in the names of frames
constexpr std::string_view kScenesFile = "scenes.pov";

struct Job {
  std::size_t scene = 0;
  std::string text;   ///< for POV-Ray
  fs::path finished;  ///< where its picture will be
};

fs::path picture_path(const RenderOptions& options, const std::string& text) {
  std::string identity = text + std::to_string(options.size);
  for (const auto& option : kQuality) identity += option;
  char name[32];
  std::snprintf(name, sizeof name, "%016llx.png", (unsigned long long)stable_hash(identity));
  return options.folder / name;
}

/// A PNG is whole when it ends with its IEND chunk.
bool is_whole(const io::Bytes& png) {
  constexpr std::string_view end("IEND\xae\x42\x60\x82", 8);
  return std::string_view(png).ends_with(end);
}

Image decoded(const io::Bytes& png, const fs::path& path) {
  return io::flatten(io::decode_image(png, path.string()));
}

/// One file for all frames: POV-Ray skips those that are not its frame_number.
std::string animation(std::span<const Job> jobs) {
  std::string text = "#version 3.7;\n#switch(frame_number)\n";
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    text += "#case(" + std::to_string(i + 1) + ")\n" + jobs[i].text + "#break\n";
  }
  return text + "#end\n";
}

std::vector<std::string> arguments(const RenderOptions& options, std::size_t frames) {
  const auto size = std::to_string(options.size);
  std::vector<std::string> all = {options.program,
                                  "+I" + std::string(kScenesFile),
                                  "+Oframe.png",
                                  "+FN8",
                                  "+W" + size,
                                  "+H" + size,
                                  "-D",
                                  "-P",
                                  "-V",
                                  "-C",
                                  "+KFI1",
                                  "+KFF99",
                                  "+SF1",
                                  "+EF" + std::to_string(frames)};
  all.insert(all.end(), kQuality.begin(), kQuality.end());
  return all;
}

/// Ours, but with another home: the user's own povray.ini and permissions must not matter.
std::vector<std::string> environment(const fs::path& home) {
  std::vector<std::string> all = {"HOME=" + home.string()};
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (!text.starts_with("HOME=") && !text.starts_with("POVINI=")) all.emplace_back(text);
  }
  return all;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> all;
  for (auto& text : strings) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

/// Starts povray in `folder`, the one place where its security settings let it write everywhere,
/// in a process group of its own so that a Ctrl-C is ours to handle.
pid_t start(const RenderOptions& options, const fs::path& folder, std::size_t frames) {
  auto words = arguments(options, frames);
  auto settings = environment(folder);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, folder.c_str());
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "log", O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  pid_t process = 0;
  const int error = posix_spawnp(&process, options.program.c_str(), &actions, &attributes,
                                 pointers(words).data(), pointers(settings).data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  check<ResourceError>(error == 0, options.program,
                       ": expected the ray tracer POV-Ray (install the package povray), got: ",
                       std::strerror(error));
  return process;
}

fs::path new_folder(const fs::path& parent) {
  std::string name = (fs::absolute(parent) / "rendering-XXXXXX").string();
  check<ResourceError>(mkdtemp(name.data()) != nullptr, parent.string(),
                       ": expected a folder to write to, got: ", std::strerror(errno));
  return name;
}

/// One povray at work on some jobs, in a folder of its own; both end with the object.
class Batch {
 public:
  Batch(const RenderOptions& options, std::vector<Job> jobs)
      : jobs_(std::move(jobs)), folder_(new_folder(options.folder)) {
    try {
      io::write_file(folder_ / kScenesFile, animation(jobs_));
      process_ = start(options, folder_, jobs_.size());
    } catch (...) {
      remove_folder();
      throw;
    }
  }
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;
  ~Batch() {
    if (process_ > 0) {
      kill(process_, SIGKILL);
      waitpid(process_, nullptr, 0);
    }
    remove_folder();
  }

  /// Hands over what is finished; false when all is. ResourceError if povray ended before.
  bool harvest(const OnPicture& on_picture) {
    const bool ended = process_ > 0 && waitpid(process_, &status_, WNOHANG) == process_;
    if (ended) process_ = 0;
    while (next_ < jobs_.size() && take(on_picture)) ++next_;
    check<ResourceError>(
        process_ > 0 || next_ == jobs_.size(), "povray: expected pictures, got exit status ",
        WIFEXITED(status_) ? WEXITSTATUS(status_) : -1, " and \"", last_words(), "\"");
    return process_ > 0;
  }

 private:
  /// The next frame, if it is written to its end.
  bool take(const OnPicture& on_picture) {
    const auto number = std::to_string(100 + next_ + 1).substr(1);
    const auto path = folder_ / ("frame" + number + ".png");
    if (!fs::exists(path)) return false;
    const auto png = io::read_file(path);
    if (!is_whole(png)) return false;
    const auto& job = jobs_[next_];
    fs::rename(path, job.finished);
    on_picture(job.scene, decoded(png, job.finished));
    return true;
  }

  std::string last_words() const {
    if (!fs::exists(folder_ / "log")) return "";
    const auto log = io::read_file(folder_ / "log");
    const auto error = log.find("Error");
    return log.substr(
        error != std::string::npos ? error : log.size() - std::min<std::size_t>(log.size(), 300),
        300);
  }

  void remove_folder() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  std::vector<Job> jobs_;
  fs::path folder_;
  pid_t process_ = 0;
  int status_ = 0;
  std::size_t next_ = 0;
};

void remove_leftovers(const fs::path& folder) {
  std::vector<fs::path> leftovers;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().filename().string().starts_with("rendering-")) leftovers.push_back(entry);
  }
  for (const auto& path : leftovers) fs::remove_all(path);
}

/// The picture of an earlier run; false if there is none that can be read.
bool take_finished(const Job& job, const OnPicture& on_picture) {
  if (!fs::exists(job.finished)) return false;
  Image picture;
  try {
    picture = decoded(io::read_file(job.finished), job.finished);
  } catch (const FormatError&) {
    return false;
  }
  on_picture(job.scene, std::move(picture));
  return true;
}

void check_go_on(const std::function<bool()>& go_on) {
  check<Interrupted>(go_on(), "povray: stopped; the finished pictures are kept");
}

std::vector<Job> next_jobs(std::deque<Job>& waiting, std::size_t count) {
  std::vector<Job> jobs;
  while (!waiting.empty() && jobs.size() < count) {
    jobs.push_back(std::move(waiting.front()));
    waiting.pop_front();
  }
  return jobs;
}

void render(const std::vector<Scene>& scenes, const RenderOptions& options,
            const OnPicture& on_picture, const std::function<bool()>& go_on) {
  fs::create_directories(options.folder);
  remove_leftovers(options.folder);
  std::deque<Job> waiting;
  for (std::size_t i = 0; i < scenes.size(); ++i) {
    check_go_on(go_on);
    auto text = povray_text(scenes[i]);
    Job job = {i, text, picture_path(options, text)};
    if (!take_finished(job, on_picture)) waiting.push_back(std::move(job));
  }
  const auto share = (waiting.size() + std::size_t(options.processes) - 1) / options.processes;
  const auto frames = std::clamp<std::size_t>(share, 1, kFramesPerProcess);
  std::vector<std::unique_ptr<Batch>> batches;
  while (!waiting.empty() || !batches.empty()) {
    check_go_on(go_on);
    while (!waiting.empty() && batches.size() < std::size_t(options.processes)) {
      batches.push_back(std::make_unique<Batch>(options, next_jobs(waiting, frames)));
    }
    std::erase_if(batches, [&](auto& batch) { return !batch->harvest(on_picture); });
    if (!batches.empty()) std::this_thread::sleep_for(20ms);
  }
}

}  // namespace

void render_scenes(const std::vector<Scene>& scenes, const RenderOptions& options,
                   const OnPicture& on_picture, const std::function<bool()>& go_on) {
  check<ConfigError>(options.size >= 8 && options.size <= 4096,
                     "size: expected 8 .. 4096 pixels, got ", options.size);
  check<ConfigError>(options.processes >= 1, "processes: expected 1 or more, got ",
                     options.processes);
  try {
    render(scenes, options, on_picture, go_on);
  } catch (const fs::filesystem_error& error) {
    throw ResourceError(error.what());
  }
}

}  // namespace imagine::data
