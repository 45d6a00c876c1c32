/// Start here: open a model folder, ask for pictures.
///
///   auto pipeline = imagine::Pipeline::open("models/imagine-small");
///   auto pictures = pipeline.generate({.prompt = "a red cube on grass", .count = 4});
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "imagine/error.h"
#include "imagine/request.h"

namespace imagine {

/// A file of low-rank changes to a network's weights, or PEFT's folder with one, and how much of
/// them is added.
struct LoraUse {
  std::filesystem::path file = {};
  double weight = 1;
};

struct PipelineOptions {
  std::string dtype = "auto";  ///< of weights and computation: bf16, fp32, or what is faster here
  std::string device = "cpu";  ///< cpu or cuda
  /// A text encoder in place of the model's own, a folder or a file of a T5's weights; empty: none.
  std::filesystem::path text_encoder = {};
  /// A model of ours whose super-resolution goes on where DeepFloyd IF ends, unless the model's
  /// folder has one in stage3/; empty: none does.
  std::filesystem::path upscaler = {};
  /// Added one after the other to the weights of the stage that draws first.
  std::vector<LoraUse> loras = {};
  /// Whether a quick network draws what it was taught, where the model has one: a picture from a
  /// prompt alone with no steps, sampler, guidance, negative prompt or changed weights asked for.
  bool quick = true;
  /// Whether what a large model's text encoder made of a prompt is kept for the next time, in the
  /// user's folder of caches (IMAGINE_CACHE, else ~/.cache/imagine). The prompt is not.
  bool cache = true;
};

/// A text encoder and a cascade of diffusion stages. Not for use by two threads at once.
class Pipeline {
 public:
  /// Reads `folder`/model.json and the configurations; weights are loaded when first needed.
  /// FormatError or ConfigError names the file and what is wrong with it.
  static Pipeline open(const std::filesystem::path& folder, const PipelineOptions& options = {});

  /// The pictures in the order of their seeds. InputError for a request that cannot be served;
  /// Interrupted where `on_progress` answered no.
  std::vector<Picture> generate(const Request& request);
  /// The same, each picture handed over as soon as it is done.
  void generate(const Request& request, const OnPicture& on_picture);

  /// Sides in pixels that the model draws, ascending.
  std::vector<int> sizes() const;
  /// Whether it edits pictures of any shape; else the largest square in their middle.
  bool edits_any_shape() const;

  Pipeline(Pipeline&&) noexcept;
  Pipeline& operator=(Pipeline&&) noexcept;
  ~Pipeline();

 private:
  struct State;
  explicit Pipeline(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace imagine
