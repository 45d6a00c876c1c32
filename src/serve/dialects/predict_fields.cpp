#include "serve/dialects/predict_fields.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "core/check.h"
#include "io/control_picture.h"
#include "serve/dialects/mask.h"

namespace imagine::serve {
namespace {

[[noreturn]] void refuse(const std::string& field, const std::string& expected) {
  throw Problem(400, field + ": expected " + expected, field);
}

/// What is done of edits.
void check_edit_mode(const std::string& mode) {
  constexpr std::array<std::string_view, 9> kModes = {"",
                                                      "EDIT_MODE_DEFAULT",
                                                      "EDIT_MODE_INPAINT_REMOVAL",
                                                      "EDIT_MODE_INPAINT_INSERTION",
                                                      "EDIT_MODE_OUTPAINT",
                                                      "EDIT_MODE_BGSWAP",
                                                      "EDIT_MODE_CONTROLLED_EDITING",
                                                      "EDIT_MODE_STYLE",
                                                      "EDIT_MODE_UNSPECIFIED"};
  if (std::ranges::find(kModes, mode) != kModes.end()) return;
  refuse(
      "editMode",
      concat(
          "default, removal, insertion, outpainting, another background, control or style, got \"",
          mode, '"'));
}

Source source_of(const PredictPicture& picture, const std::string& name,
                 Transparency transparency = Transparency::on_white) {
  if (!picture.gcsUri.empty()) refuse(name, "bytesBase64Encoded: nothing is fetched");
  if (picture.bytesBase64Encoded.bytes.empty()) refuse(name, "a picture, got none");
  return picture_of(picture.bytesBase64Encoded, name, transparency);
}

/// `name` is what errors call the reference by.
Source source_of(const PredictReference& reference, const std::string& name,
                 Transparency transparency = Transparency::on_white) {
  const auto picture = name + ".referenceImage";
  if (!reference.referenceImage) refuse(picture, "a picture, got none");
  return source_of(*reference.referenceImage, picture, transparency);
}

Source mask_of(const PredictReference& reference, const std::string& name) {
  const auto& [mode, dilation] = reference.maskImageConfig;
  const auto config = name + ".maskImageConfig";
  if (mode != "MASK_MODE_USER_PROVIDED" && mode != "MASK_MODE_DEFAULT" && !mode.empty()) {
    refuse(config + ".maskMode",
           concat("MASK_MODE_USER_PROVIDED: nothing finds masks here, got ", mode));
  }
  check_between(dilation, 0.0, 1.0, config + ".dilation");
  return grown_mask(source_of(reference, name, Transparency::on_black), dilation);
}

/// Lines, as they are or to be found in the picture.
void set_control(Wish& wish, const PredictReference& reference, const std::string& name) {
  const auto& config = reference.controlImageConfig;
  const auto& type = config.controlType;
  const bool is_scribble = type == "CONTROL_TYPE_SCRIBBLE";
  if (type != "CONTROL_TYPE_CANNY" && type != "CONTROL_TYPE_DEFAULT" && !is_scribble) {
    refuse(
        name + ".controlImageConfig.controlType",
        concat("CONTROL_TYPE_CANNY or CONTROL_TYPE_SCRIBBLE, got ", type.empty() ? "none" : type));
  }
  auto& control = wish.control ? *wish.control : wish.control.emplace();
  auto& target = config.computes() ? control.edges_from
                 : is_scribble     ? control.sketch
                                   : control.edges;
  auto source = source_of(reference, name, io::transparency_of(control, target));
  const bool are_edges = config.computes() || !is_scribble;
  const bool is_taken =
      are_edges ? control.edges || control.edges_from : control.sketch.has_value();
  if (is_taken) refuse(name, "one reference of each kind of control, got more");
  target = std::move(source);
}

void set_references(Wish& wish, const std::vector<PredictReference>& references) {
  for (const auto& reference : references) {
    const auto name = concat("referenceImages[", reference.referenceId, ']');
    const auto& type = reference.referenceType;
    if (type == "REFERENCE_TYPE_RAW" && !wish.image) {
      wish.image = source_of(reference, name);
    } else if (type == "REFERENCE_TYPE_MASK" && !wish.mask) {
      wish.mask = mask_of(reference, name);
    } else if (type == "REFERENCE_TYPE_CONTROL") {
      set_control(wish, reference, name);
    } else if (type == "REFERENCE_TYPE_STYLE" && !wish.style) {
      wish.style = Style{.picture = source_of(reference, name)};
    } else if (type == "REFERENCE_TYPE_SUBJECT") {
      refuse(name, "no subject: `imagine train` teaches one to a low-rank change");
    } else {
      refuse(name + ".referenceType",
             concat("REFERENCE_TYPE_ RAW, MASK or STYLE once, or CONTROL, got ",
                    type.empty() ? "none" : type));
    }
  }
  if (wish.mask && !wish.image) refuse("referenceImages", "one of REFERENCE_TYPE_RAW, got none");
}

void set_upscale(Wish& wish, const PredictFields& fields) {
  const auto& instance = fields.instances.front();
  const auto& factor = fields.parameters.upscaleConfig.upscaleFactor;
  if (factor != "x2" && factor != "x4") refuse("upscaleFactor", concat("x2 or x4, got ", factor));
  if (!instance.referenceImages.empty()) refuse("referenceImages", "none for an enlargement");
  if (!fields.parameters.editMode.empty()) refuse("editMode", "none for an enlargement");
  if (!instance.image) refuse("image", "a picture to upscale, got none");
  wish.task = Task::upscale;
  wish.image = source_of(*instance.image, "image", Transparency::kept);
  const auto& image = wish.image->image;
  wish.side = (factor == "x2" ? 2 : 4) * std::sqrt(double(image.width) * double(image.height));
}

const WishNames kPredictNames{.negative = "negativePrompt",
                              .count = "sampleCount",
                              .guidance = "guidanceScale",
                              .size = "sampleImageSize",
                              .enlarged = "upscaleFactor",
                              .aspect = "aspectRatio",
                              .format = "outputOptions.mimeType",
                              .quality = "outputOptions.compressionQuality",
                              .image = "referenceImages",
                              .edges_from = "computeControl",
                              .control = "referenceImages",
                              .style = "referenceImages"};

/// What Google's own models take goes further than ours.
std::optional<double> guidance_of(const PredictParameters& parameters) {
  if (!parameters.guidanceScale) return {};
  return std::min(*parameters.guidanceScale, kLargestGuidance);
}

/// Who removes something need not say what is behind it.
constexpr const char* kBehind = "background";

}  // namespace

WishNames names_of(const PredictFields& fields) {
  auto names = kPredictNames;
  if (!fields.parameters.steps) names.steps = "editConfig.baseSteps";
  if (fields.parameters.mode == "upscale") names.image = "image";
  return names;
}

Wish wish_of(const PredictFields& fields) {
  if (fields.instances.size() != 1) {
    refuse("instances", concat("one, got ", fields.instances.size()));
  }
  const auto& instance = fields.instances.front();
  const auto& parameters = fields.parameters;
  for (const auto& [name, value] : std::initializer_list<std::pair<const char*, const Json*>>{
           {"productImages", &instance.productImages},
           {"personImage", &instance.personImage},
           {"scribble", &instance.scribble}}) {
    if (!value->is_null()) refuse(name, "none: no such thing is drawn here");
  }
  if (!parameters.storageUri.empty()) refuse("storageUri", "none: pictures come in the answer");
  Wish wish{.prompt = instance.prompt,
            .negative = parameters.negativePrompt,
            .count = parameters.sampleCount,
            .seed = parameters.seed,
            .steps = parameters.steps ? parameters.steps : parameters.editConfig.baseSteps,
            .guidance = guidance_of(parameters),
            .format = format_of_type(parameters.outputOptions.mimeType, kPredictNames.format),
            .quality = parameters.outputOptions.compressionQuality};
  set_shape(wish, {.aspect = parameters.aspectRatio,
                   .size = parameters.sampleImageSize,
                   .aspect_name = "aspectRatio",
                   .size_name = kPredictNames.size});
  if (parameters.mode == "upscale") {
    set_upscale(wish, fields);
  } else if (!instance.referenceImages.empty()) {
    check_edit_mode(parameters.editMode);
    set_references(wish, instance.referenceImages);
    if (wish.image) wish.task = Task::edit;
    const auto needs = [&](const char* mode, bool has, const char* type) {
      if (parameters.editMode == mode && !has) refuse("editMode", concat("a reference of ", type));
    };
    needs("EDIT_MODE_STYLE", wish.style.has_value(), "REFERENCE_TYPE_STYLE");
    needs("EDIT_MODE_CONTROLLED_EDITING", wish.control.has_value(), "REFERENCE_TYPE_CONTROL");
    const bool says_nothing = wish.prompt.find_first_not_of(" \t\r\n") == wish.prompt.npos;
    if (parameters.editMode == "EDIT_MODE_INPAINT_REMOVAL" && says_nothing) wish.prompt = kBehind;
  } else if (!parameters.editMode.empty() || instance.image) {
    refuse("referenceImages", "a picture to edit, got none");
  }
  return wish;
}

}  // namespace imagine::serve
