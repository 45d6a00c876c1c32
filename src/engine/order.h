/// What a request comes to on a model.
#pragma once

#include <vector>

#include "engine/canvas.h"
#include "imagine/model.h"
#include "models/cascade.h"

namespace imagine::engine {

/// Indices of a model's stages.
struct Stages {
  std::size_t begin, end;

  std::size_t count() const { return end - begin; }
};

struct Order {
  Request request;                      ///< with its size
  double ratio;                         ///< width to height of what is drawn from noise
  bool by_windows;                      ///< whether that is drawn in squares that overlap
  Stages stages;                        ///< those that serve it
  std::vector<StageSettings> settings;  ///< of each of them
  int shrink = 1;                       ///< see DrawnSize
  std::optional<Canvas> canvas = {};    ///< what is edited
};

/// How many steps those settings take.
std::int64_t steps_of(const StageSettings& settings);

/// InputError for what the cascade cannot serve.
Order order_of(const Request& request, const models::Cascade& cascade);

/// What an order upscales: [1, 3, H, W] in -1 .. 1; undefined where it does not.
Tensor upscaled_of(const Order& order);

/// The picture that an order edits, and its mask, as the stage at `index` takes them after one that
/// drew [1, 3, h, w]; none where it edits nothing.
std::optional<models::Edited> edited_for(const Order& order, const models::StageSpec& stage,
                                         const Tensor& coarse);

/// What comes out of what was drawn, [1, 3, H, W].
Tensor shrunk(const Order& order, const Tensor& drawn);

/// The alpha of what is upscaled, as large as what was drawn of it; empty where there is none.
std::vector<std::uint8_t> enlarged_alpha(const Request& request, const Image& drawn);

}  // namespace imagine::engine
