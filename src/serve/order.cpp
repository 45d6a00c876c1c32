#include "serve/order.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "core/check.h"
#include "serve/jobs/pixels.h"

namespace imagine::serve {
namespace {

constexpr std::int64_t kLargestSeed = std::int64_t(1) << 53;  // see Request::seed
constexpr double kLargestGuidanceOfAny = 100;

std::uint64_t random_seed() {
  std::random_device device;
  return device();  // of 32 bits: short to say
}

std::shared_ptr<const Model> model_named(Desk& desk, const std::string& name, const char* field) {
  try {
    return desk.shelf.model(name);
  } catch (const InputError& error) {
    throw Problem(404, error.what(), field);
  }
}

ImageFormat format_named(const std::string& name, const char* field) {
  const auto given = name.empty() ? "png" : name == "jpg" ? "jpeg" : name;
  if (const auto format = value_named<ImageFormat>(given)) return *format;
  throw Problem(400, concat(field, ": ", expected_names<ImageFormat>(name)), field);
}

/// The sizes that pictures are drawn in, or enlarged to.
std::vector<int> sizes_of(const ModelInfo& model, Task task) {
  if (task != Task::upscale) return model.sizes;
  std::vector<int> sizes;
  for (const auto& stage : model.stages) {
    if (stage.enlarges) sizes.push_back(stage.size);
  }
  return sizes;
}

int nearest_of(const std::vector<int>& sizes, double side) {
  return *std::ranges::min_element(
      sizes, {}, [&](int size) { return std::abs(std::log(double(size) / side)); });
}

StageOptions sampling_of(const Wish& wish, const WishNames& names) {
  if (wish.guidance) check_between(*wish.guidance, 0.0, kLargestGuidanceOfAny, names.guidance);
  if (wish.strength) check_between(*wish.strength, 0.0, 1.0, names.strength);
  StageOptions sampling{.sampler = wish.sampler, .guidance = wish.guidance};
  if (wish.steps) sampling.steps = *wish.steps;
  sampling.strength = wish.strength;
  return sampling;
}

}  // namespace

void check_limits(const Limits& limits, const Model& model, const Request& request,
                  const WishNames& names) {
  const auto check_most = [](std::int64_t value, std::int64_t most, const char* field,
                             const char* what) {
    if (value <= most) return;
    throw Problem(400, concat(field, ": expected at most ", most, ' ', what, ", got ", value),
                  field);
  };
  check_between(std::int64_t(request.count), 1, limits.count, names.count);
  check_most(pixels_of(model, request), limits.pixels,
             request.task == Task::edit ? names.image : names.size, "pixels");
  for (const auto* text : {&request.prompt, &request.negative}) {
    check_most(std::int64_t(text->size()), std::int64_t(limits.prompt), names.prompt, "bytes");
  }
  for (const auto& stage : request.stages) {
    const auto* steps = stage.steps ? std::get_if<std::int64_t>(&*stage.steps) : nullptr;
    if (steps != nullptr) check_between(*steps, 1, limits.steps, names.steps);
  }
}

JobOrder order_of(Wish wish, Desk& desk, const std::string& owner, const WishNames& names) {
  JobOrder order{.model = model_named(desk, wish.model, names.model), .request = {}};
  order.owner = owner;
  order.format = format_named(wish.format, names.format);
  if (wish.quality) {
    check_between(*wish.quality, 0, 100, names.quality);
    order.quality = int(*wish.quality);
  }
  check_between(wish.count.value_or(1), 1, desk.limits.count, names.count);
  check_between(wish.seed.value_or(0), -1, kLargestSeed, names.seed);
  const auto sampling = sampling_of(wish, names);
  auto& request = order.request;
  request.task = wish.task;
  request.prompt = std::move(wish.prompt), request.negative = std::move(wish.negative);
  request.count = int(wish.count.value_or(1));
  const bool is_random = wish.seed.value_or(-1) < 0;
  request.seed = is_random ? random_seed() : std::uint64_t(*wish.seed);
  if (sampling != StageOptions()) request.stages = {sampling};
  request.image = std::move(wish.image), request.mask = std::move(wish.mask);
  if (request.task == Task::generate) request.aspect = wish.aspect;
  const auto& model = order.model->info();
  if (wish.side && *wish.side * *wish.side > double(desk.limits.pixels)) {
    throw Problem(400, concat(names.size, ": expected at most ", desk.limits.pixels, " pixels"),
                  names.size);
  }
  const auto sizes = sizes_of(model, request.task);
  if (wish.side && !sizes.empty()) request.size = nearest_of(sizes, *wish.side);
  for (const auto& [name, weight] : wish.loras) {
    request.loras.push_back({.file = desk.shelf.lora(name).string(), .weight = weight});
  }
  check_limits(desk.limits, *order.model, request, names);
  return order;
}

}  // namespace imagine::serve
