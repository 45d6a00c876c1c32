/// Prompts with signs, up to what is read at each step.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "attempt.h"
#include "engine/prompt_syntax.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace engine = imagine::engine;
  const std::string_view prompt(reinterpret_cast<const char*>(data), size);
  const auto check_parts = [](const std::vector<imagine::WeightedText>& parts) {
    if (parts.empty()) std::abort();
    for (const auto& part : parts) {
      if (!(part.weight >= 0 && part.weight <= 100)) std::abort();
    }
  };
  check_parts(engine::weighted(prompt));
  imagine::attempt([&] { engine::regions_of(prompt); });
  imagine::attempt([&] {
    const auto wordings = engine::wordings_of(prompt, imagine::PromptSyntax::a1111, 9);
    double from = -1;
    if (wordings.empty() || wordings.front().from != 0) std::abort();
    for (const auto& wording : wordings) {
      if (wording.from <= from || wording.from >= 1 || wording.clauses.empty()) std::abort();
      from = wording.from;
      for (const auto& clause : wording.clauses) {
        if (!(std::abs(clause.weight) <= 100)) std::abort();
        check_parts(clause.parts);
      }
    }
  });
  return 0;
}
