/// The body of Google's :predict for pictures, and what it comes to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "serve/dialects/google_shape.h"

namespace imagine::serve {

struct PredictPicture {
  SentPicture bytesBase64Encoded = {};
  std::string mimeType = {}, gcsUri = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("bytesBase64Encoded", self.bytesBase64Encoded, "its file");
    field("mimeType", self.mimeType, "passed over: the file tells");
    field("gcsUri", self.gcsUri, "refused");
  }
};

struct PredictMaskConfig {
  std::string maskMode = {};
  double dilation = 0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("maskMode", self.maskMode, "MASK_MODE_USER_PROVIDED");
    field("dilation", self.dilation, "share of the width that the mask grows by, 0 .. 1");
  }
};

struct PredictControlConfig {
  std::string controlType = {};
  bool computeControl = false, enableControlImageComputation = false;

  bool computes() const { return computeControl || enableControlImageComputation; }

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("controlType", self.controlType, "CONTROL_TYPE_CANNY or CONTROL_TYPE_SCRIBBLE");
    field("computeControl", self.computeControl, "whether the picture's lines are to be found");
    field("enableControlImageComputation", self.enableControlImageComputation,
          "the same by its other name");
  }
};

struct PredictReference {
  std::string referenceType = {};
  std::int64_t referenceId = 0;
  std::optional<PredictPicture> referenceImage = {};
  PredictMaskConfig maskImageConfig = {};
  PredictControlConfig controlImageConfig = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("referenceType", self.referenceType, "REFERENCE_TYPE_ RAW, MASK, CONTROL or STYLE");
    field("referenceId", self.referenceId, "what errors call it by");
    field("referenceImage", self.referenceImage, "the picture");
    field("maskImageConfig", self.maskImageConfig, "of a mask");
    field("controlImageConfig", self.controlImageConfig, "of what is followed");
  }
};

struct PredictInstance {
  std::string prompt = {};
  std::optional<PredictPicture> image = {};
  std::vector<PredictReference> referenceImages = {};
  Json productImages = {}, personImage = {}, scribble = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("prompt", self.prompt, "what the picture shows");
    field("image", self.image, "of an upscaling: the picture");
    field("referenceImages", self.referenceImages,
          "of an edit the picture, and a mask; lines that are followed, and a look");
    field("productImages", self.productImages, "refused");
    field("personImage", self.personImage, "refused");
    field("scribble", self.scribble, "refused");
  }
};

struct PredictUpscale {
  std::string upscaleFactor = "x4";

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("upscaleFactor", self.upscaleFactor,
          "x2 or x4: the model's size of about as many pixels");
  }
};

struct PredictEdit {
  std::optional<std::int64_t> baseSteps = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("baseSteps", self.baseSteps, "denoising steps");
  }
};

struct PredictParameters {
  std::optional<std::int64_t> sampleCount = {}, seed = {}, steps = {};
  std::string aspectRatio = {}, sampleImageSize = {}, negativePrompt = {};
  std::optional<double> guidanceScale = {};
  GoogleOutput outputOptions = {};
  std::string editMode = {}, mode = {}, storageUri = {};
  PredictEdit editConfig = {};
  PredictUpscale upscaleConfig = {};
  std::string safetySetting = {}, personGeneration = {}, language = {};
  bool includeSafetyAttributes = false, includeRaiReason = false;
  bool addWatermark = false, enhancePrompt = false;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("sampleCount", self.sampleCount, "pictures");
    field("seed", self.seed, "of the noise; missing: random");
    field("steps", self.steps, "denoising steps of each stage (not Google's)");
    field("aspectRatio", self.aspectRatio, "width to height, 16:9");
    field("sampleImageSize", self.sampleImageSize, "1K or 2K: the model's nearest size");
    field("negativePrompt", self.negativePrompt, "what the picture is pushed away from");
    field("guidanceScale", self.guidanceScale, "guidance scale (CFG scale)");
    field("outputOptions", self.outputOptions, "how it is written");
    field("editMode", self.editMode, "EDIT_MODE_ and what is done");
    field("mode", self.mode, "upscale, else nothing");
    field("storageUri", self.storageUri, "refused");
    field("editConfig", self.editConfig, "of an edit");
    field("upscaleConfig", self.upscaleConfig, "of an upscaling");
    field("safetySetting", self.safetySetting, "taken, without effect");
    field("personGeneration", self.personGeneration, "taken, without effect");
    field("language", self.language, "taken, without effect");
    field("includeSafetyAttributes", self.includeSafetyAttributes, "taken, without effect");
    field("includeRaiReason", self.includeRaiReason, "taken, without effect");
    field("addWatermark", self.addWatermark, "taken, without effect");
    field("enhancePrompt", self.enhancePrompt, "taken, without effect");
  }
};

struct PredictFields {
  std::vector<PredictInstance> instances = {};
  PredictParameters parameters = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("instances", self.instances, "one, in a list or alone");
    field("parameters", self.parameters, "how it is drawn");
  }
};

/// How errors call what is wrong.
WishNames names_of(const PredictFields& fields);

/// Problem 400 for what is refused.
Wish wish_of(const PredictFields& fields);

}  // namespace imagine::serve
