/// The frozen encoder's states of all captions, computed once.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "io/file.h"
#include "text/text_encoder.h"

namespace imagine::train {

/// Rows of states [T, D] in fp16, one after the other, in one file that the run maps into memory.
class TextTable {
 public:
  /// Reads `cache` if it holds these captions in this encoder's words, else encodes them all and
  /// writes it. `on_progress(done, all)` answers go on; Interrupted is thrown where it does not.
  TextTable(const std::vector<std::string>& captions, const text::TextEncoder& encoder,
            const io::fs::path& cache, const std::function<bool(int64_t, int64_t)>& on_progress);

  /// captions -> states [B, T, D] fp16 and mask [B, T], T the longest of them.
  TextEmbedding batch(const std::vector<int>& captions) const;

 private:
  Tensor states_;   // [all tokens, D] fp16
  Tensor offsets_;  // [captions + 1] int64: where each caption's tokens begin
};

}  // namespace imagine::train
