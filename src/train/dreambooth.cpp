#include "train/dreambooth.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "core/place.h"
#include "core/random.h"
#include "core/range.h"
#include "data/picture_folder.h"
#include "data/resample.h"
#include "data/shard.h"
#include "imagine/pipeline.h"
#include "io/folder_lock.h"
#include "io/json_file.h"
#include "io/prompt_file.h"
#include "train/model_training.h"

namespace imagine::train {
namespace {

constexpr int kVariants = 16;     // crops of each picture
constexpr int64_t kKeptBack = 8;  // of the priors: whether the model forgets them
constexpr const char* kThing = "thing";
constexpr const char* kPrior = "prior";
constexpr const char* kKept = "kept";

/// Those that are named, else those that the model brings; none where it brings none.
std::vector<std::string> prompts_kept(const io::fs::path& folder, const std::string& named) {
  if (!named.empty()) return io::read_prompts(named);
  const auto own = folder / "captions.txt";
  return io::fs::exists(own) ? io::read_prompts(own) : std::vector<std::string>();
}

/// A square of at least 85 % of the shorter side, from anywhere.
Image random_crop(const data::Picture& picture, int64_t side, Random& random) {
  const int shorter = std::min(picture.width, picture.height);
  const int size = std::max(1, int(std::lround(shorter * random.uniform(0.85, 1))));
  const data::Box box{.x = random.below(picture.width - size + 1),
                      .y = random.below(picture.height - size + 1),
                      .width = size,
                      .height = size};
  return data::to_image(data::resize(data::crop(picture, box), int(side), int(side)));
}

class Dreambooth {
 public:
  Dreambooth(const io::fs::path& folder, const DreamboothOptions& options,
             const OnProgress& on_progress)
      : folder_(folder),
        options_(options),
        on_progress_(on_progress),
        model_(cascade::read_model_file(folder)),
        kept_(prompts_kept(folder, options.keep)),
        shards_(io::fs::path(options.run) / "pictures") {}

  void go() {
    const auto checked = config();  // before anything is drawn
    const io::FolderLock lock(shards_);
    prepare();
    train(checked, on_progress_);
    const auto learned = io::fs::path(options_.run) / "stage" / "lora.safetensors";
    check<InputError>(!io::fs::exists(options_.out), options_.out,
                      ": expected a file that is not there yet; what was learned is ",
                      learned.string());
    io::write_file(options_.out, io::read_file(learned));
  }

 private:
  const cascade::StageEntry& base() const { return model_.stages.front(); }

  std::string prefix(const char* split, const char* domain) const {
    return concat(split, '-', base().size, '-', domain, "-00000.tar");
  }

  data::Sample sample(int64_t index, const char* domain, const std::string& text,
                      Image image) const {
    return {.key = concat(domain, '-', index),
            .domain = domain,
            .image = std::move(image),
            .captions = {{text, "en"}}};
  }

  /// The shards, unless an interrupted run left them.
  void prepare() {
    const auto told = shards_ / "options.json";
    auto json = to_json(options_);
    json.erase("out"), json.erase("device");
    if (io::fs::exists(told)) {
      check<ConfigError>(io::read_json(told) == json, options_.run,
                         ": expected a run of the same options; --run names another folder");
      return;
    }
    const auto things = things_shown();
    data::write_shard(shards_ / prefix("train", kThing), things, 0);
    auto pipeline = Pipeline::open(folder_, {.device = options_.device});
    auto priors = drawn(pipeline, kPrior, {options_.kind}, options_.priors + kKeptBack);
    const std::vector<data::Sample> kept_back(priors.end() - kKeptBack, priors.end());
    priors.resize(priors.size() - std::size_t(kKeptBack));
    data::write_shard(shards_ / prefix("train", kPrior), priors, 0);
    data::write_shard(shards_ / prefix("heldout", kPrior), kept_back, 0);
    if (!kept_.empty()) {
      data::write_shard(shards_ / prefix("train", kKept), drawn(pipeline, kKept, kept_, 1), 0);
    }
    io::write_json(told, json);
  }

  std::vector<data::Sample> things_shown() const {
    std::vector<data::Sample> samples;
    Random random(1, "dreambooth");
    const auto unread = data::read_picture_folder(options_.pictures, [&](const Image& image) {
      const auto picture = data::to_picture(image);
      for (int i = 0; i < kVariants; ++i) {
        samples.push_back(sample(std::ssize(samples), kThing, options_.prompt,
                                 random_crop(picture, base().size, random)));
      }
    });
    for (const auto& why : unread) {
      Progress progress;
      progress.event = concat("not taken: ", why);
      if (!on_progress_(progress)) throw Interrupted("stopped before anything was drawn");
    }
    return samples;
  }

  /// `count` pictures of each prompt, as the model draws them now.
  std::vector<data::Sample> drawn(Pipeline& pipeline, const char* domain,
                                  const std::vector<std::string>& prompts, int64_t count) const {
    const auto all = std::ssize(prompts) * count;
    std::vector<data::Sample> samples;
    Progress progress;
    for (const auto& prompt : prompts) {
      Request request{
          .prompt = prompt, .count = int(count), .seed = samples.size(), .size = base().size};
      request.on_progress = [&](const imagine::Progress&) {
        progress.preparing = "drawing what it knows";
        progress.prepared = std::ssize(samples), progress.to_prepare = all;
        return on_progress_(progress);
      };
      pipeline.generate(request, [&](Picture picture) {
        samples.push_back(sample(std::ssize(samples), domain, prompt, std::move(picture.image)));
      });
    }
    return samples;
  }

  TrainConfig config() const {
    auto config = training_of_base(folder_, model_);
    config.out = options_.run;
    config.shards = shards_.string();
    config.device = options_.device;
    config.lora.rank = options_.rank;
    config.lora.keep = options_.keep_weight;
    config.phases = {{.views = options_.views,
                      .resolution = base().size,
                      .batch = options_.batch,
                      .learning_rate = options_.learning_rate,
                      .final_learning_rate = 0,
                      .noise_mean = -0.7,
                      .weights = {{kThing, 1}, {kPrior, 1}}}};
    config.phases[0].kept = {kPrior};
    if (!kept_.empty()) {
      config.phases[0].weights[kKept] = 1;
      config.phases[0].kept.emplace_back(kKept);
    }
    config.warm_up = 20;
    config.preview_prompts = {options_.prompt, options_.prompt, options_.kind, options_.kind};
    config.validate();
    return config;
  }

  const io::fs::path& folder_;
  const DreamboothOptions& options_;
  const OnProgress& on_progress_;
  cascade::ModelFile model_;
  std::vector<std::string> kept_;
  io::fs::path shards_;
};

}  // namespace

void DreamboothOptions::validate() const {
  const auto named = [](const char* name, const std::string& value) {
    check<InputError>(!value.empty(), name, ": expected a text, got none");
  };
  named("prompt", prompt), named("kind", kind), named("pictures", pictures), named("out", out);
  check<InputError>(prompt != kind, "prompt: expected more than the kind, got \"", prompt, '"');
  check<InputError>(!io::fs::exists(out), out, ": expected a file that is not there yet");
  const auto folder = io::fs::absolute(out).parent_path();
  check<InputError>(io::fs::is_directory(folder), out, ": expected a file in a folder that exists");
  at_place<InputError>("", [&] {
    check_range("rank", rank, 1, 4096);
    check_range("priors", priors, 1, 100'000);
    check_range("keep_weight", keep_weight, 0.0, 1e6);
  });
}

void dreambooth(const io::fs::path& folder, const DreamboothOptions& options,
                const OnProgress& on_progress) {
  options.validate();
  Dreambooth(folder, options, on_progress).go();
}

}  // namespace imagine::train
