/// The frozen encoder's states of single captions, as they are kept and shown.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "io/file.h"
#include "text/text_encoder.h"

namespace imagine::train {

/// Of each caption its own tokens alone, [T, D] fp16 on the CPU. Captions of about equal length are
/// encoded together. `on_progress(done, all)` answers go on; Interrupted is thrown where it does
/// not.
std::vector<Tensor> encode_rows(const std::vector<std::string>& captions,
                                const text::TextEncoder& encoder,
                                const std::function<bool(int64_t, int64_t)>& on_progress);

/// Rows [T, D] -> states [B, T, D] and mask [B, T], T the longest of them.
TextEmbedding padded(const std::vector<Tensor>& rows);

/// The states of one sample's captions, in its shard beside them.
struct TextMember {
  static constexpr const char* kName = "text.safetensors";

  std::string encoder;       // TextEncoder::identity()
  std::vector<Tensor> rows;  // of each caption [T, D] fp16

  io::Bytes bytes() const;
  /// FormatError begins with `where`.
  static TextMember parse(io::Bytes bytes, const std::string& where);
};

}  // namespace imagine::train
