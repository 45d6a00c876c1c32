/// What the things of a training picture can be called, one by one.
#pragma once

#include <string>
#include <vector>

#include "core/fields.h"

namespace imagine::data {

/// For each body or object of a sample's facts, in their order, several phrases that name it and
/// none of the others: "red cube", "a red metal cube", "un cubo rosso". FormatError where the facts
/// name none.
std::vector<std::vector<std::string>> phrases_of(const Json& facts);

}  // namespace imagine::data
