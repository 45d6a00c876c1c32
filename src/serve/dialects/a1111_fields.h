/// The fields of AUTOMATIC1111's txt2img and img2img, and what they come to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "serve/wish.h"

namespace imagine::serve {

struct A1111Settings {
  std::optional<std::string> sd_model_checkpoint = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("sd_model_checkpoint", self.sd_model_checkpoint, "the model");
  }
};

/// Of both; what upstream has and is not here is passed over.
struct A1111Fields {
  std::string prompt = {}, negative_prompt = {};
  std::optional<std::int64_t> seed = {}, steps = {}, width = {}, height = {};
  std::int64_t batch_size = 1, n_iter = 1;
  std::optional<double> cfg_scale = {}, denoising_strength = {};
  std::optional<std::string> sampler_name = {}, sampler_index = {}, scheduler = {};
  A1111Settings override_settings = {};
  bool enable_hr = false;
  double hr_scale = 2;
  std::int64_t hr_resize_x = 0, hr_resize_y = 0;
  double subseed_strength = 0;
  std::int64_t seed_resize_from_w = 0, seed_resize_from_h = 0;
  Json alwayson_scripts = {};
  std::int64_t resize_mode = 0;
  bool restore_faces = false, tiling = false;
  std::optional<std::string> script_name = {}, infotext = {};
  bool send_images = true;
  std::vector<std::string> styles = {};
  std::vector<SentPicture> init_images = {};
  std::optional<SentPicture> mask = {};
  std::int64_t inpainting_mask_invert = 0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("prompt", self.prompt,
          "what the picture shows, with upstream's signs; <lora:NAME:WEIGHT> adds a change");
    field("negative_prompt", self.negative_prompt, "what it is pushed away from");
    field("seed", self.seed, "of the noise; missing or -1: random");
    field("steps", self.steps, "denoising steps of each stage");
    field("width", self.width, "with height: the model's size of about as many pixels");
    field("height", self.height, "see width");
    field("batch_size", self.batch_size, "times n_iter: pictures");
    field("n_iter", self.n_iter, "see batch_size");
    field("cfg_scale", self.cfg_scale, "guidance scale");
    field("denoising_strength", self.denoising_strength, "img2img: how much is drawn anew, 0 .. 1");
    field("sampler_name", self.sampler_name, "one that GET /sdapi/v1/samplers lists");
    field("sampler_index", self.sampler_index, "the same by its older name");
    field("scheduler", self.scheduler, "Automatic or Karras");
    field("override_settings", self.override_settings, "of this request alone");
    field("enable_hr", self.enable_hr, "one more stage of the cascade");
    field("hr_scale", self.hr_scale, "how much larger that is");
    field("hr_resize_x", self.hr_resize_x, "or how large");
    field("hr_resize_y", self.hr_resize_y, "or how large");
    field("subseed_strength", self.subseed_strength, "0");
    field("seed_resize_from_w", self.seed_resize_from_w, "0");
    field("seed_resize_from_h", self.seed_resize_from_h, "0");
    field("alwayson_scripts", self.alwayson_scripts,
          "ControlNet: units of canny, scribble, depth and seg; no others");
    field("resize_mode", self.resize_mode,
          "img2img of another shape than width and height: 0 stretches, 1 cuts it off");
    field("restore_faces", self.restore_faces, "false");
    field("tiling", self.tiling, "false");
    field("script_name", self.script_name, "refused");
    field("infotext", self.infotext, "a parameters text: of what else is missing");
    field("send_images", self.send_images, "whether the answer has the pictures");
    field("styles", self.styles, "names that GET /sdapi/v1/prompt-styles lists");
    field("init_images", self.init_images, "img2img: one picture");
    field("mask", self.mask, "img2img: white is drawn anew");
    field("inpainting_mask_invert", self.inpainting_mask_invert, "1: black is");
  }
};

extern const WishNames kA1111Names;

/// Problem 422 for what is refused, 404 for an unknown sampler.
Wish wish_of(const A1111Fields& fields);

}  // namespace imagine::serve
