#include "serve/order.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "core/check.h"
#include "core/sources.h"
#include "imagine/styles.h"
#include "serve/without_folders.h"

namespace imagine::serve {
namespace {

constexpr std::int64_t kLargestSeed = std::int64_t(1) << 53;  // see Request::seed
constexpr double kLeastStrength = 0.05;  // a step of as many as any model takes by itself
constexpr std::int64_t kEnlarged = 4;    // times the pixels of others

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

/// Whether all stages that begin with noise have that sampler.
bool has_sampler(const ModelInfo& model, SamplerName sampler) {
  return std::ranges::all_of(model.stages, [&](const StageInfo& stage) {
    return stage.enlarges || std::ranges::find(stage.samplers, sampler) != stage.samplers.end();
  });
}

StageOptions sampling_of(const Wish& wish, const ModelInfo& model) {
  StageOptions sampling{.guidance = wish.guidance};
  const bool fits = !wish.fits_sampler || (wish.sampler && has_sampler(model, *wish.sampler));
  if (fits) sampling.sampler = wish.sampler;
  if (wish.steps) sampling.steps = *wish.steps;
  if (wish.full) sampling.network = StageNetwork::base;
  if (wish.strength) {  // of 0 one step, with as little noise as that has
    const auto least = wish.steps && *wish.steps > 0 ? 1 / double(*wish.steps) : kLeastStrength;
    sampling.strength = *wish.strength == 0 ? least : *wish.strength;
  }
  return sampling;
}

/// Of UTF-8.
std::int64_t characters_of(const std::string& text) {
  return std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; });
}

void check_most(std::int64_t value, std::int64_t most, const char* field, const char* what) {
  if (value <= most) return;
  throw Problem(400, concat(field, ": expected at most ", most, ' ', what, ", got ", value), field);
}

/// What a dialect calls finding a picture's edges, where the engine names the option.
std::string with_edges_named(std::string reason, const char* name) {
  constexpr std::string_view kOption = "edges_from, on the command line --edges-from,";
  const auto found = reason.find(kOption);
  return found == reason.npos ? reason : reason.replace(found, kOption.size(), name);
}

/// What the engine refuses, by the dialect's own names: "aspect: ..." -> "size: ...", and of what
/// is a part there of something else "regions[0].box: ..." -> "prompt: regions[0].box: ...".
Problem in_words_of(const std::string& reason, const WishNames& names) {
  const std::pair<const char*, const char*> words[] = {
      {"prompt", names.prompt},     {"count", names.count},       {"seed", names.seed},
      {"steps", names.steps},       {"size", names.size},         {"aspect", names.aspect},
      {"guidance", names.guidance}, {"strength", names.strength}, {"loras", names.loras}};
  const std::pair<const char*, const char*> parts[] = {
      {"regions", names.regions}, {"control", names.control}, {"style", names.style}};
  const auto field = field_of(reason);
  for (const auto& [own, name] : words) {
    if (field == own) return {400, name + reason.substr(field.size()), name};
  }
  const auto head = field.substr(0, field.find_first_of(".["));
  for (const auto& [own, whole] : parts) {
    if (head == own && head != whole) return {400, concat(whole, ": ", reason), whole};
  }
  return {400, without_folders(reason), field};
}

/// The same, where it begins with the name of a picture that was sent by that one.
Problem problem_of(const InputError& error, const Request& request, const WishNames& names) {
  const auto reason = with_edges_named(error.what(), names.edges_from);
  auto problem = in_words_of(reason, names);
  visit_sources(request, [&](const Source& source) {
    if (reason.starts_with(source.name + ':')) problem = Problem(400, reason, source.name);
  });
  return problem;
}

}  // namespace

void put_styles(Request& request, const std::vector<std::string>& styles, const char* field) {
  try {
    for (const auto& name : styles) apply_style(request, name);
  } catch (const InputError& error) {
    throw Problem(400, error.what(), field);
  }
}

void check_limits(const Limits& limits, const Model& model, const Request& request,
                  const WishNames& names) {
  check_between(std::int64_t(request.count), 1, limits.count, names.count);
  for (const auto& [text, name] :
       {std::pair(&request.prompt, names.prompt), std::pair(&request.negative, names.negative)}) {
    check_most(characters_of(*text), std::int64_t(limits.prompt), name, "characters");
  }
  for (const auto& region : request.regions.value_or(std::vector<Region>())) {
    check_most(characters_of(region.prompt), std::int64_t(limits.prompt), "regions.prompt",
               "characters");
  }
  for (const auto& stage : request.stages) {
    const auto* steps = stage.steps ? std::get_if<std::int64_t>(&*stage.steps) : nullptr;
    if (steps != nullptr) check_between(*steps, 1, limits.steps, names.steps);
    if (stage.strength) check_between(*stage.strength, 0.0, 1.0, names.strength);
  }
  const bool enlarges = request.task == Task::upscale;
  if (enlarges && request.image) {
    const auto& image = request.image->image;
    check_most(std::int64_t(image.width) * image.height, limits.pixels, names.image, "pixels");
  }
  const auto most = enlarges ? kEnlarged * limits.pixels : limits.pixels;
  try {
    check_most(pixels_of(model, request), most, enlarges ? names.enlarged : names.size, "pixels");
  } catch (const FormatError& error) {  // in a file of low-rank changes
    throw servers_own(error);
  } catch (const InputError& error) {
    throw problem_of(error, request, names);
  }
}

std::vector<LoraUse> loras_on(const Shelf& shelf, const Limits& limits, std::vector<LoraUse> loras,
                              const WishNames& names) {
  check_most(std::ssize(loras), limits.loras, names.loras, "low-rank changes");
  for (auto& lora : loras) {
    if (!std::isfinite(lora.weight)) {
      throw Problem(400, concat(names.loras, ": expected a finite weight, got ", lora.weight),
                    names.loras);
    }
    try {
      lora.file = shelf.lora(lora.file).string();
    } catch (const InputError& error) {
      throw in_words_of(error.what(), names);
    }
  }
  return loras;
}

void keep_small(Request& request, const Limits& limits) {
  if (request.task == Task::upscale) return;  // it is the picture itself that grows
  visit_sources(request,
                [&](Source& source) { source = within(std::move(source), limits.pixels); });
}

JobOrder begun_order(const Wish& wish, Desk& desk, const std::string& owner,
                     const WishNames& names) {
  JobOrder order{.model = model_named(desk, wish.model, names.model), .request = {}};
  order.owner = owner;
  order.model_name = desk.shelf.name_of(wish.model);
  order.format = format_named(wish.format, names.format);
  if (wish.quality) {
    check_between(*wish.quality, 0, 100, names.quality);
    order.quality = int(*wish.quality);
  }
  check_between(wish.seed.value_or(0), -1, kLargestSeed, names.seed);
  const bool is_random = wish.seed.value_or(-1) < 0;
  order.request.seed = is_random ? random_seed() : std::uint64_t(*wish.seed);
  return order;
}

JobOrder order_of(Wish wish, Desk& desk, const std::string& owner, const WishNames& names) {
  auto order = begun_order(wish, desk, owner, names);
  auto& request = order.request;
  request.task = wish.task;
  request.prompt = std::move(wish.prompt), request.negative = std::move(wish.negative);
  put_styles(request, wish.styles, names.styles);
  request.prompt_syntax = wish.prompt_syntax;
  request.control = std::move(wish.control), request.style = std::move(wish.style);
  check_between(wish.count.value_or(1), 1, desk.limits.count, names.count);
  request.count = int(wish.count.value_or(1));
  const auto& model = order.model->info();
  const auto sampling = sampling_of(wish, model);
  if (sampling != StageOptions()) request.stages = {sampling};
  if (request.task == Task::generate) {
    request.aspect = wish.aspect;
  } else {
    request.image = std::move(wish.image), request.mask = std::move(wish.mask);
  }
  keep_small(request, desk.limits);
  check_most(wish.asked_pixels, desk.limits.pixels, names.size, "pixels");
  const auto sizes = sizes_of(model, request.task);
  if (wish.side && !sizes.empty()) request.size = nearest_of(sizes, *wish.side);
  request.loras = loras_on(desk.shelf, desk.limits, std::move(wish.loras), names);
  check_limits(desk.limits, *order.model, request, names);
  return order;
}

}  // namespace imagine::serve
