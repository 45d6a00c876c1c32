#include "train/dreambooth.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdio>

#include "core/check.h"
#include "core/place.h"
#include "core/random.h"
#include "core/range.h"
#include "data/picture_folder.h"
#include "data/resample.h"
#include "data/shard.h"
#include "imagine/engine.h"
#include "io/fingerprint.h"
#include "io/folder_lock.h"
#include "io/json_file.h"
#include "io/prompt_file.h"
#include "models/minit2i/layout.h"
#include "train/model_training.h"
#include "train/start.h"

namespace imagine::train {
namespace {

constexpr int kVariants = 16;     // crops of each picture
constexpr int64_t kKeptBack = 8;  // of the priors: whether the model forgets them
constexpr int64_t kPiece = 16;    // pictures drawn between two files
constexpr int64_t kKeptTogether = 4;  // large pictures whose activations are kept at once
constexpr const char* kThing = "thing";
constexpr const char* kPrior = "prior";
constexpr const char* kKept = "kept";

/// As many as the training shows of a third of its pictures, at most `all`.
int64_t count_shown(const DreamboothOptions& options, int64_t all) {
  return std::min(all, std::max<int64_t>(1, options.views / 3));
}

/// Those that are named, else those that the model brings; none where it brings none. Where the
/// training shows fewer, as many, spread over them.
std::vector<std::string> prompts_kept(const io::fs::path& folder,
                                      const DreamboothOptions& options) {
  const auto own = folder / "captions.txt";
  if (options.keep.empty() && !io::fs::exists(own)) return {};
  const auto all = io::read_prompts(options.keep.empty() ? own : io::fs::path(options.keep));
  const auto count = count_shown(options, std::ssize(all));
  std::vector<std::string> prompts;
  for (int64_t i = 0; i < count; ++i) {
    prompts.push_back(all[std::size_t(i * std::ssize(all) / count)]);
  }
  return prompts;
}

/// Pictures that the model draws before it learns: one of each prompt, with seeds first, first + 1
/// ...
struct Drawing {
  const char* split;
  const char* domain;
  std::vector<std::string> prompts;
  int64_t first = 0;
};

/// What draws them.
struct Painter {
  std::shared_ptr<const Model> model;
  Engine engine;
};

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

/// The layers of MiniT2I that its authors change (upstream's lora/train_lora.py).
const std::vector<std::string> kMiniT2iTargets = {"qkv", "attn_proj", "w1",
                                                  "w2",  "w3",        "txt_embedder"};

/// What changes of that model start from: where, at which size and with which noise.
TrainConfig start_in(const io::fs::path& folder) {
  if (models::is_minit2i_folder(folder)) {
    auto config = training_of_minit2i(folder);
    config.lora.targets = kMiniT2iTargets;
    return config;
  }
  auto config = training_of_base(folder, models::read_model_file(folder));
  config.phases = {{.resolution = config.shard_size, .noise_mean = -0.7}};
  return config;
}

class Dreambooth {
 public:
  Dreambooth(const io::fs::path& folder, const DreamboothOptions& options,
             const OnProgress& on_progress)
      : folder_(folder),
        options_(options),
        on_progress_(on_progress),
        start_(start_in(folder)),
        kept_(prompts_kept(folder, options)),
        shards_(io::fs::path(options.run) / "pictures") {}

  void go() {
    check<InputError>(io::fs::path(options_.out).extension() == ".safetensors", options_.out,
                      ": expected a file named *.safetensors");
    const auto checked = config();  // before anything is drawn, as what follows
    if (const auto start = start_of(checked)) check_trainable(*start);
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
  int side() const { return int(start_.shard_size); }

  /// A file of pictures.
  io::fs::path shard(const char* split, const char* domain, int64_t piece = 0) const {
    std::array<char, 16> number{};
    std::snprintf(number.data(), number.size(), "%05d", int(piece));
    return shards_ / concat(split, '-', side(), '-', domain, '-', number.data(), ".tar");
  }

  data::Sample sample(int64_t index, const char* domain, const std::string& text,
                      Image image) const {
    return {.key = concat(domain, '-', index),
            .domain = domain,
            .image = std::move(image),
            .captions = {{text, "en"}}};
  }

  /// The pictures, but for those that an interrupted run left.
  void prepare() {
    const auto told = shards_ / "options.json";
    auto json = to_json(options_);
    json.erase("out"), json.erase("device");
    json["contents"] = contents();
    if (io::fs::exists(told)) {
      const auto begun = io::read_json(told);
      if (begun.is_object() && begun.value("contents", Json()) != json["contents"]) {
        throw ConfigError(concat(options_.run, ": expected the pictures that the run began with, ",
                                 options_.pictures, " holds others; --run names another folder"));
      }
      check<ConfigError>(begun == json, options_.run,
                         ": expected a run of the same options; --run names another folder");
    } else {
      const auto things = things_shown();
      io::fs::create_directories(shards_);
      data::write_shard(shard("train", kThing), things, 0);
      io::write_json(told, json);
    }
    draw_what_it_knows();
  }

  /// Which pictures are learned.
  std::string contents() const {
    io::Fingerprint fingerprint;
    for (const auto& file : data::picture_files(options_.pictures)) {
      fingerprint.add(file.filename().string());
      fingerprint.add_file(file);
    }
    return fingerprint.text();
  }

  std::vector<data::Sample> things_shown() const {
    std::vector<data::Sample> samples;
    Random random(1, "dreambooth");
    const auto unread = data::read_picture_folder(options_.pictures, [&](const Image& image) {
      const auto picture = data::to_picture(image);
      for (int i = 0; i < kVariants; ++i) {
        samples.push_back(sample(std::ssize(samples), kThing, options_.prompt,
                                 random_crop(picture, side(), random)));
      }
    });
    for (const auto& why : unread) {
      Progress progress;
      progress.event = concat("not taken: ", why);
      if (!on_progress_(progress)) throw Interrupted("stopped before anything was drawn");
    }
    return samples;
  }

  void draw_what_it_knows() {
    const auto priors = count_shown(options_, options_.priors);
    const auto of_kind = [&](int64_t count) {
      return std::vector<std::string>(std::size_t(count), options_.kind);
    };
    const std::array<Drawing, 3> drawings = {
        Drawing{.split = "train", .domain = kPrior, .prompts = of_kind(priors)},
        {.split = "heldout", .domain = kPrior, .prompts = of_kind(kKeptBack), .first = priors},
        {.split = "train", .domain = kKept, .prompts = kept_}};
    for (const auto& drawing : drawings) to_draw_ += std::ssize(drawing.prompts);
    Painter painter{.model = Model::open(folder_), .engine = Engine({.device = options_.device})};
    try {
      for (const auto& drawing : drawings) draw(painter, drawing);
    } catch (const Interrupted&) {
      throw Interrupted(concat("stopped after ", drawn_, " of ", to_draw_,
                               " pictures of what it knows; the same command goes on"));
    }
  }

  /// A file for every kPiece pictures: those that are there are not drawn again.
  void draw(Painter& painter, const Drawing& drawing) {
    const auto all = std::ssize(drawing.prompts);
    for (int64_t begin = 0; begin < all; begin += kPiece) {
      const auto end = std::min(all, begin + kPiece);
      const auto path = shard(drawing.split, drawing.domain, begin / kPiece);
      if (io::fs::exists(path)) {
        drawn_ += end - begin;
        continue;
      }
      data::write_shard(path, drawn(painter, drawing, begin, end), 0);
      check<Interrupted>(tells_progress(), "stopped");  // what is drawn is kept
    }
  }

  /// The samples begin .. end - 1. Each prompt is a request, so that all are drawn together.
  std::vector<data::Sample> drawn(Painter& painter, const Drawing& drawing, int64_t begin,
                                  int64_t end) {
    std::vector<data::Sample> samples(std::size_t(end - begin));
    Jobs jobs;  // goes before what their pictures are put into
    for (int64_t i = begin; i < end; ++i) {
      const auto& prompt = drawing.prompts[std::size_t(i)];
      const Request request{
          .prompt = prompt, .seed = std::uint64_t(drawing.first + i), .size = side()};
      const auto on_picture = [&, i](Picture picture) {
        samples[std::size_t(i - begin)] =
            sample(drawing.first + i, drawing.domain, drawing.prompts[std::size_t(i)],
                   std::move(picture.image));
        ++drawn_;
      };
      jobs.add(painter.engine.submit(painter.model, request, {.on_picture = on_picture}));
    }
    jobs.wait([&] { return tells_progress(); });
    return samples;
  }

  bool tells_progress() {
    Progress progress;
    progress.preparing = "drawing what it knows";
    progress.prepared = drawn_, progress.to_prepare = to_draw_;
    return on_progress_(progress);
  }

  TrainConfig config() const {
    auto config = start_;
    config.out = options_.run;
    config.shards = shards_.string();
    config.device = options_.device;
    config.lora.rank = options_.rank;
    config.lora.keep = options_.keep_weight;
    auto& phase = config.phases[0];
    phase.views = options_.views;
    phase.batch = options_.batch;
    config.recompute = config.stage == "minit2i" && phase.batch > kKeptTogether;
    phase.learning_rate = options_.learning_rate;
    phase.final_learning_rate = 0;
    phase.weights = {{kThing, 1}, {kPrior, 1}};
    phase.kept = {kPrior};
    if (!kept_.empty()) {
      phase.weights[kKept] = 1;
      phase.kept.emplace_back(kKept);
    }
    config.warm_up = 20;
    config.preview_prompts = {options_.prompt, options_.prompt, options_.kind, options_.kind};
    config.validate();
    return config;
  }

  const io::fs::path& folder_;
  const DreamboothOptions& options_;
  const OnProgress& on_progress_;
  TrainConfig start_;
  std::vector<std::string> kept_;
  io::fs::path shards_;
  std::atomic<int64_t> drawn_ = 0;  // counted where pictures arrive
  int64_t to_draw_ = 0;
};

}  // namespace

DreamboothOptions DreamboothOptions::usual(const io::fs::path& model) {
  DreamboothOptions options;
  if (models::is_minit2i_folder(model)) {
    options.priors = 20, options.views = 800, options.batch = 1;
    options.learning_rate = 1e-4, options.keep_weight = 1;
  }
  return options;
}

DreamboothOptions DreamboothOptions::quick(const io::fs::path& model) {
  auto options = usual(model);
  const bool large = models::is_minit2i_folder(model);
  options.priors = large ? 3 : 12;
  options.views = large ? 12 : 120;
  return options;
}

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
