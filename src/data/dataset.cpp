#include "data/dataset.h"

#include <algorithm>
#include <mutex>
#include <thread>

#include "core/check.h"
#include "data/manifest.h"
#include "data/object_sources.h"
#include "data/parallel.h"
#include "data/povray.h"
#include "data/scene_caption.h"
#include "data/scene_view.h"
#include "data/shard.h"
#include "io/folder_lock.h"

namespace imagine::data {
namespace {

constexpr std::string_view kWorkFolder = "work";  // pictures of unfinished shards

int thread_count() { return std::max(1, int(std::thread::hardware_concurrency())); }

/// Counts rows over threads and asks whether to go on.
class Reporter {
 public:
  Reporter(const OnBuildProgress& progress, int total) : progress_(progress) { now_.total = total; }

  bool go_on(int more = 0) {
    const std::lock_guard lock(mutex_);
    now_.done += more;
    stopped_ = stopped_ || !progress_(now_);
    return !stopped_;
  }
  void require(int more = 0) {
    check<Interrupted>(go_on(more), "dataset: stopped; the finished shards are kept");
  }
  void begin(const std::string& stage) {
    {
      const std::lock_guard lock(mutex_);
      now_.stage = stage;
    }
    require();
  }

 private:
  const OnBuildProgress& progress_;
  std::mutex mutex_;
  BuildProgress now_;
  bool stopped_ = false;
};

std::string key_of(const ShardPlan& plan, int row) {
  return concat(name_of(plan.split), '-', plan.size, '-', plan.part, '-', plan.first + row);
}

void write_object_shard(const ObjectMaker& maker, const ShardPlan& plan, std::int64_t seed,
                        const io::fs::path& out, Reporter& reporter) {
  reporter.begin(plan.file);
  std::vector<Sample> samples;
  for (int row = 0; row < plan.rows; ++row) {
    const auto key = key_of(plan, row);
    samples.push_back(
        maker.make(key, plan.split == Split::held_out, Random(std::uint64_t(seed), key)));
    reporter.require(1);
  }
  write_shard(out / plan.file, samples, plan.first);
}

Scene scene_of(Split split, Random& random) {
  switch (split) {
    case Split::train:
      return random_scene(random);
    case Split::held_out:
      return held_out_scene(random);
    default:
      return any_scene(random);
  }
}

/// The same scene in every size: the stream is told apart by the split and the row alone.
void write_scene_shard(const ShardPlan& plan, const DatasetOptions& options,
                       const io::fs::path& out, Reporter& reporter) {
  constexpr int kSmallestRender = 128;
  reporter.begin(plan.file);
  std::vector<Scene> scenes;
  std::vector<Sample> samples;
  for (int row = 0; row < plan.rows; ++row) {
    const auto stream = plan.split == Split::train ? "" : concat(name_of(plan.split), '-');
    Random random(std::uint64_t(options.seed), concat(stream, "scene-", plan.first + row));
    scenes.push_back(scene_of(plan.split, random));
    samples.push_back({.key = key_of(plan, row),
                       .domain = "scene",
                       .image = {},
                       .captions = captions_of(scenes.back(), random),
                       .facts = facts_of(scenes.back()),
                       .labels = {},
                       .held_out = plan.split != Split::train});
    if (options.labels) samples.back().labels = labels_of(scenes.back(), plan.size);
  }
  const auto folder = out / kWorkFolder / io::fs::path(plan.file).stem();
  const RenderOptions render{.size = std::max(plan.size, kSmallestRender), .folder = folder};
  render_scenes(
      scenes, render,
      [&](std::size_t i, Image picture) {
        samples[i].image = picture.width == plan.size
                               ? std::move(picture)
                               : to_image(resize(to_picture(picture), plan.size, plan.size));
        reporter.go_on(1);
      },
      [&] { return reporter.go_on(); });
  write_shard(out / plan.file, samples, plan.first);
  io::fs::remove_all(folder);
}

void build_objects(const BuildFolders& folders, const DatasetOptions& options,
                   const std::vector<ShardPlan>& plans, Reporter& reporter) {
  reporter.begin("reading packages");
  ObjectSources sources;
  sources.cutouts = read_cutouts(
      {.path = folders.packages, .go_on = [&] { return reporter.go_on(); }}, options.objects);
  write_object_lists(folders.out, sources.cutouts);
  reporter.begin("ray-tracing grounds");
  sources.grounds = render_grounds(folders.out / kWorkFolder / "grounds", options.grounds,
                                   [&] { return reporter.go_on(); });
  std::map<int, ObjectMaker> makers;
  for (const ShardPlan& plan : plans) {
    makers.try_emplace(plan.size, sources, options.objects,
                       ObjectPictures{.size = plan.size, .labelled = options.labels});
  }
  parallel_for(int(plans.size()), thread_count(), [&](int i) {
    const ShardPlan& plan = plans[std::size_t(i)];
    write_object_shard(makers.at(plan.size), plan, options.seed, folders.out, reporter);
  });
}

void build_missing(const BuildFolders& folders, const DatasetOptions& options,
                   std::vector<ShardPlan> plans, const OnBuildProgress& progress) {
  std::erase_if(plans,
                [&](const ShardPlan& plan) { return io::fs::exists(folders.out / plan.file); });
  int rows = 0;
  for (const ShardPlan& plan : plans) rows += plan.rows;
  Reporter reporter(progress, rows);
  const auto scenes = std::stable_partition(
      plans.begin(), plans.end(), [](const ShardPlan& plan) { return plan.part == "objects"; });
  const std::vector<ShardPlan> objects(plans.begin(), scenes);
  if (!objects.empty()) build_objects(folders, options, objects, reporter);
  for (auto plan = scenes; plan != plans.end(); ++plan) {
    write_scene_shard(*plan, options, folders.out, reporter);
  }
  reporter.begin("writing the manifest");
}

}  // namespace

void build_dataset(const BuildFolders& folders, const DatasetOptions& options,
                   const std::vector<std::string>& parts, const OnBuildProgress& progress) {
  const auto plans = plan_shards(options, parts);
  const bool is_new = io::fs::create_directories(folders.out);
  const io::FolderLock lock(folders.out);
  begin_manifest(folders.out, options);
  try {
    build_missing(folders, options, plans, progress);
  } catch (const InputError&) {
    const auto is_made = [&](const ShardPlan& plan) {
      return io::fs::exists(folders.out / plan.file);
    };
    if (is_new && std::ranges::none_of(plans, is_made)) io::fs::remove_all(folders.out);
    throw;
  }
  finish_manifest(folders.out, options);
}

}  // namespace imagine::data
