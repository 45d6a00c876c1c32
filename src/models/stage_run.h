/// One picture on its way through one stage, whatever family that is of.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "models/noise.h"
#include "models/stage.h"
#include "models/tiling.h"
#include "models/windows.h"

namespace imagine::models {

/// A text that is followed beside others.
struct JoinedText {
  std::shared_ptr<const TextState> text;
  Tensor weight;  // [1, 1, H, W] or [1, 1, 1, 1] of its prediction
};

/// The texts of a picture as its network has them.
struct StageTexts {
  std::shared_ptr<const TextState> conditional = {};
  std::shared_ptr<const TextState> unconditional = {};  ///< or negative; none where nothing guides
  /// In place of the conditional one, where there are any: their predictions are added by their
  /// weights, and what these lack of 1 is the unconditional one's (Liu et al. 2022, "Compositional
  /// visual generation with composable diffusion models", eq. 11; Bar-Tal et al. 2023,
  /// "MultiDiffusion", eq. 5).
  std::vector<JoinedText> joined = {};

  std::size_t conditional_rows() const { return std::max<std::size_t>(1, joined.size()); }
};

/// Where a run's tensors are, and how many of a large picture's tiles it draws at once.
struct RunOptions {
  torch::Device device = torch::kCPU;
  std::int64_t tiles = 1;
};

/// A picture between its noise and its end. It owns no loop and knows no network: who has it takes
/// its rows, lets a network evaluate them, and gives the predictions back. Large pictures are drawn
/// in tiles with the same noise and, but for rounding, the same result: neither what is computed at
/// once nor its memory grow with the picture. Not for use by two threads at once.
class StageRun {
 public:
  StageRun(SamplingPlan plan, const StageInput& input, const RunOptions& options);
  StageRun(const StageRun&) = delete;
  StageRun& operator=(const StageRun&) = delete;

  bool is_done() const { return open_.empty(); }
  /// What is to be predicted now: for each open tile and each window of it a row, of a guided step
  /// the conditional one, or each of those that are joined, and behind it the unconditional one.
  std::vector<Row> rows(const StageTexts& texts) const;
  /// Takes the predictions of rows() of the same texts.
  void answer(std::span<const diffusion::Prediction> predictions, const StageTexts& texts);

  /// Of all its tiles together.
  std::int64_t steps_done() const;
  std::int64_t steps() const;
  /// The present guess of the picture [1, 3, H, W]; undefined before the first step's end, and of
  /// tiles.
  Tensor preview() const;
  /// The picture [1, 3, H, W] float, around -1 .. 1 and not clamped, once it is done.
  const Tensor& picture() const { return picture_; }

 private:
  /// A part of the picture, or all of it.
  struct Tile {
    TileSpan down, across;
    Tensor low;  // [1, 3, h, w], undefined unless it is enlarged
    std::unique_ptr<diffusion::Solver> solver;
  };

  /// What a window's rows say, taken from the first of them, which go from `predictions`.
  diffusion::Prediction answer_of(std::span<const diffusion::Prediction>& predictions,
                                  const StageTexts& texts, diffusion::NoiseLevel level,
                                  std::size_t window) const;
  bool needs_unconditional(const StageTexts& texts, diffusion::NoiseLevel level) const;
  void plan_tiles(std::int64_t tiles_at_once);
  /// Opens the tiles that come next; none where the last are drawn.
  void open_next();
  Tile begun(const TileSpan& down, const TileSpan& across, const Tensor& noise);
  void finish(const Tile& tile);

  StageInput input_;
  SamplingPlan plan_;
  Windows windows_;
  torch::Device device_;
  PictureNoise random_;
  PictureNoise::Rows noise_;
  Tensor low_;  // [1, 3, h, w] with its noise, on the CPU
  std::int64_t factor_ = 1;
  Tiling down_{}, across_{};
  std::int64_t at_once_ = 1;
  std::size_t next_down_ = 0, next_across_ = 0;
  std::vector<Tile> open_;
  std::int64_t passes_ = 1, pass_ = 0;
  Tensor picture_;
};

/// A picture of one stage.
struct StageDrawing {
  SamplingPlan plan;
  StageInput input;
  StageTexts texts;
};

/// Draws them step by step together, without an engine: for a training's previews and tests. Their
/// plans have equally many steps. [1, 3, H, W] each.
std::vector<Tensor> draw(const std::vector<StageDrawing>& drawings, const Network& network);

}  // namespace imagine::models
