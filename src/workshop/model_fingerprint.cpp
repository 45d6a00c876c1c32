#include "workshop/model_fingerprint.h"

#include "core/check.h"
#include "evaluate/fingerprint.h"
#include "models/loras.h"

namespace imagine::workshop {

void add_drawing_model(io::Fingerprint& fingerprint, const io::fs::path& folder,
                       const ModelOptions& options, const std::vector<LoraUse>& loras) {
  evaluate::add_model(fingerprint, folder);
  for (const auto& lora : loras) {
    fingerprint.add(concat("lora ", lora.weight));
    for (const auto& file : models::files_of_lora(lora.file))
      evaluate::add_model(fingerprint, file);
  }
  if (!options.text_encoder.empty()) {
    fingerprint.add("text encoder");
    evaluate::add_model(fingerprint, options.text_encoder);
  }
  const bool is_ours = io::fs::exists(folder / "model.json");
  if (!is_ours && !options.upscaler.empty()) evaluate::add_model(fingerprint, options.upscaler);
}

}  // namespace imagine::workshop
