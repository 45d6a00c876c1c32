/// Samplers as AUTOMATIC1111's clients call them.
#pragma once

#include <optional>
#include <string>

#include "imagine/request.h"

namespace imagine::recipes {

/// "DPM++ 2M Karras"
std::string a1111_name(SamplerName sampler);

/// The one of that name, of any case, with "Karras" in the name or as the scheduler; nothing for
/// another name. Our own names count too.
std::optional<SamplerName> a1111_sampler(const std::string& name, const std::string& scheduler);

/// Whether AUTOMATIC1111's own program has a sampler of that name that is none of ours: clients ask
/// for it whatever is served.
bool is_only_a1111s(const std::string& name);

}  // namespace imagine::recipes
