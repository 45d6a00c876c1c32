/// The fields of OpenAI's Images API, and what they come to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "serve/wish.h"

namespace imagine::serve {

/// A low-rank change as clients of local servers name it.
struct OpenaiLora {
  std::string name = {}, id = {}, path = {};
  std::optional<double> scale = {}, weight = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("name", self.name, "one of the server's");
    field("id", self.id, "the same");
    field("path", self.path, "the same");
    field("scale", self.scale, "how much of it is added");
    field("weight", self.weight, "the same");
  }
};

/// Of generations and edits. The second half is what OpenAI has not, as vLLM-Omni and others call
/// it.
struct OpenaiFields {
  std::string prompt = {};
  std::optional<std::string> model = {};
  std::optional<std::int64_t> n = {};
  std::string size = "auto";
  std::string quality = "auto";
  std::string background = "auto";
  std::string output_format = {};
  std::optional<std::int64_t> output_compression = {};
  std::string response_format = "b64_json";
  std::string moderation = "auto", style = {}, input_fidelity = {};
  std::string user = {}, safety_identifier = {};
  bool stream = false;
  std::int64_t partial_images = 0;
  std::vector<SentPicture> image = {};
  std::optional<SentPicture> mask = {};
  Json complexity = {}, frame_count = {}, frame_duration_ms = {}, svg = {}, markup = {};
  std::string negative_prompt = {};
  std::optional<std::int64_t> seed = {}, num_inference_steps = {}, steps = {};
  std::optional<double> guidance_scale = {}, cfg_scale = {}, true_cfg_scale = {}, strength = {};
  std::optional<std::string> sampler = {};
  std::vector<OpenaiLora> lora = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("prompt", self.prompt, "what the picture shows");
    field("model", self.model, "one that GET /v1/models lists");
    field("n", self.n, "pictures");
    field("size", self.size, "auto or WIDTHxHEIGHT: the model's size of about as many pixels");
    field("quality", self.quality, "high, hd, xhigh, max: without a distilled network, slower");
    field("background", self.background, "auto or opaque");
    field("output_format", self.output_format,
          "png, jpeg or webp; missing: what Accept asks for, else png");
    field("output_compression", self.output_compression, "quality of JPEG and WebP, 0 .. 100");
    field("response_format", self.response_format,
          "b64_json; url: kept there for a while; file: the picture alone");
    field("moderation", self.moderation, "taken, without effect");
    field("style", self.style, "taken, without effect");
    field("input_fidelity", self.input_fidelity, "of edits: taken, without effect");
    field("user", self.user, "taken, without effect");
    field("safety_identifier", self.safety_identifier, "answered as it came");
    field("stream", self.stream, "server-sent events, pictures as they are done");
    field("partial_images", self.partial_images, "of a stream: 0 .. 3 pictures on their way");
    field("image", self.image, "of edits: the picture");
    field("mask", self.mask, "of edits: transparent where the picture is drawn anew");
    field("complexity", self.complexity, "refused");
    field("frame_count", self.frame_count, "refused");
    field("frame_duration_ms", self.frame_duration_ms, "refused");
    field("svg", self.svg, "refused");
    field("markup", self.markup, "refused");
    field("negative_prompt", self.negative_prompt, "what the picture is pushed away from");
    field("seed", self.seed, "of the noise; missing or -1: random");
    field("num_inference_steps", self.num_inference_steps, "denoising steps of each stage");
    field("steps", self.steps, "the same");
    field("guidance_scale", self.guidance_scale, "guidance scale (CFG scale)");
    field("cfg_scale", self.cfg_scale, "the same");
    field("true_cfg_scale", self.true_cfg_scale, "the same");
    field("strength", self.strength, "of edits: how much is drawn anew, 0 .. 1");
    field("sampler", self.sampler, "how noise becomes a picture");
    field("lora", self.lora, "low-rank changes");
  }
};

/// What answers say again.
struct OpenaiEcho {
  std::string quality, safety_identifier;
  int partial_images;  ///< of a stream
};

OpenaiEcho echo_of(const OpenaiFields& fields);

/// How errors call what is wrong.
WishNames names_of(const OpenaiFields& fields);

/// Problem 400 for what is refused.
Wish wish_of(const OpenaiFields& fields);

}  // namespace imagine::serve
