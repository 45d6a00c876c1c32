/// <lora:NAME:WEIGHT> in prompts, as AUTOMATIC1111's clients write it.
#pragma once

#include <string>
#include <vector>

#include "imagine/request.h"

namespace imagine::serve {

/// Takes them out of the prompt; without a weight it is 1.
std::vector<LoraUse> take_lora_tags(std::string& prompt);

}  // namespace imagine::serve
