#include "serve/dialects/gemini_fields.h"

#include <algorithm>
#include <cctype>

#include "core/check.h"

namespace imagine::serve {
namespace {

void check_modalities(const std::vector<std::string>& modalities) {
  const bool has_image = std::ranges::any_of(modalities, [](std::string name) {
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::toupper(c); });
    return name == "IMAGE";
  });
  if (modalities.empty() || has_image) return;
  throw Problem(400, "responseModalities: expected IMAGE among them: pictures are drawn here",
                "responseModalities");
}

void add_part(Wish& wish, const GeminiPart& part) {
  if (!part.fileData.is_null()) {
    throw Problem(400, "fileData: expected inlineData: nothing is fetched", "fileData");
  }
  if (!part.text.empty()) wish.prompt += (wish.prompt.empty() ? "" : "\n") + part.text;
  if (!part.inlineData) return;
  if (wish.image) {
    throw Problem(400, "inlineData: expected one picture to edit, got several", "inlineData");
  }
  wish.image = picture_of(part.inlineData->data, "inlineData");
}

}  // namespace

const WishNames kGeminiNames{.prompt = "contents",
                             .negative = "contents",
                             .count = "candidateCount",
                             .size = "imageSize",
                             .format = "imageOutputOptions.mimeType",
                             .quality = "imageOutputOptions.compressionQuality",
                             .image = "inlineData"};

Wish wish_of(const GeminiFields& fields) {
  const auto& config = fields.generationConfig;
  check_modalities(config.responseModalities);
  const auto& output = config.imageConfig.imageOutputOptions;
  Wish wish{.count = config.candidateCount,
            .seed = config.seed,
            .format = format_of_type(output.mimeType, kGeminiNames.format),
            .quality = output.compressionQuality};
  set_shape(wish, {.aspect = config.imageConfig.aspectRatio,
                   .size = config.imageConfig.imageSize,
                   .aspect_name = "aspectRatio",
                   .size_name = kGeminiNames.size});
  bool is_said = false;
  for (auto content = fields.contents.rbegin(); content != fields.contents.rend(); ++content) {
    if (content->role == "user" && !is_said) {
      is_said = true;
      for (const auto& part : content->parts) add_part(wish, part);
    } else if (is_said && content->role == "model" && !wish.image) {
      for (const auto& part : content->parts) {
        if (part.inlineData) wish.image = picture_of(part.inlineData->data, "inlineData");
      }
    }
  }
  if (!is_said) throw Problem(400, "contents: expected what a user says, got none", "contents");
  if (wish.image) wish.task = Task::edit;
  return wish;
}

}  // namespace imagine::serve
