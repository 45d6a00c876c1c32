#include "imagine/model.h"

#include <algorithm>
#include <utility>

#include "engine/encoders.h"
#include "engine/model_parts.h"
#include "engine/sizes.h"
#include "models/families.h"

namespace imagine {
namespace {

ModelInfo info_of(const models::Cascade& cascade) {
  ModelInfo info{
      .name = cascade.name, .licence = cascade.licence, .default_size = cascade.default_size};
  info.edits_any_shape = std::ranges::all_of(
      cascade.stages, [](const auto& stage) { return stage.spec->edits_any_shape(); });
  const auto& first = *cascade.stages.front().spec;
  info.draws_squares_alone = first.draws_squares_alone();
  info.weighs_words = first.place() > 0;
  info.takes_control = first.control_refusal().empty();
  info.takes_style = first.takes_style();
  for (const auto& drawn : engine::sizes_of(cascade, Task::generate)) {
    info.sizes.push_back(drawn.size);
  }
  for (const auto& stage : cascade.stages) {
    info.stages.push_back(stage.spec->info());
    info.bytes += info.stages.back().bytes;
  }
  for (const auto& rule : cascade.text_rules) {
    info.bytes += rule.bytes;
  }
  return info;
}

}  // namespace

std::shared_ptr<const Model> Model::open(const std::filesystem::path& folder,
                                         const ModelOptions& options) {
  auto cascade = models::open_cascade(folder, options.upscaler);
  if (!options.text_encoder.empty()) {
    auto& rule = cascade.text_rules.front();
    rule.replaced = std::exchange(rule.text_encoder, options.text_encoder);
  }
  for (auto& rule : cascade.text_rules) rule.bytes = engine::encoder_bytes(rule.text_encoder);
  auto info = info_of(cascade);
  return std::make_shared<const Model>(
      std::make_unique<const Parts>(Parts{.cascade = std::move(cascade),
                                          .info = std::move(info),
                                          .folder = folder.string(),
                                          .text_encoder = options.text_encoder.string()}));
}

Model::Model(std::unique_ptr<const Parts> parts) : parts_(std::move(parts)) {}
Model::~Model() = default;

const ModelInfo& Model::info() const { return parts_->info; }

}  // namespace imagine
