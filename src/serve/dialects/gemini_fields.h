/// The body of Gemini's :generateContent for pictures, and what it comes to.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "serve/dialects/google_shape.h"

namespace imagine::serve {

struct GeminiBlob {
  SentPicture data = {};
  std::string mimeType = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("data", self.data, "a picture's file");
    field("mimeType", self.mimeType, "passed over: the file tells");
  }
};

struct GeminiPart {
  std::string text = {};
  std::optional<GeminiBlob> inlineData = {};
  Json fileData = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("text", self.text, "of the prompt");
    field("inlineData", self.inlineData, "a picture to edit");
    field("fileData", self.fileData, "refused");
  }
};

struct GeminiContent {
  std::string role = "user";
  std::vector<GeminiPart> parts = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("role", self.role, "user or model");
    field("parts", self.parts, "texts and pictures");
  }
};

struct GeminiImageConfig {
  std::string aspectRatio = {}, imageSize = {};
  GoogleOutput imageOutputOptions = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("aspectRatio", self.aspectRatio, "width to height, 16:9");
    field("imageSize", self.imageSize, "512, 1K, 2K or 4K: the model's nearest size");
    field("imageOutputOptions", self.imageOutputOptions, "how it is written");
  }
};

struct GeminiConfig {
  std::vector<std::string> responseModalities = {};
  GeminiImageConfig imageConfig = {};
  std::optional<std::int64_t> seed = {}, candidateCount = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("responseModalities", self.responseModalities, "IMAGE among them, or none");
    field("imageConfig", self.imageConfig, "shape and size");
    field("seed", self.seed, "of the noise; missing: random");
    field("candidateCount", self.candidateCount, "pictures");
  }
};

struct GeminiFields {
  std::vector<GeminiContent> contents = {};
  GeminiConfig generationConfig = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("contents", self.contents, "what was said: the last of the user's counts");
    field("generationConfig", self.generationConfig, "how it is drawn");
  }
};

extern const WishNames kGeminiNames;

/// The prompt is what the user said last; its picture is edited, or that of the answer before.
/// Problem 400 for what is refused.
Wish wish_of(const GeminiFields& fields);

}  // namespace imagine::serve
