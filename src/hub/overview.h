/// The catalogue for people.
#pragma once

#include <string>

namespace imagine::hub {

/// A line for each model: name, licence, about how much is fetched, what it needs, where it is if
/// it is here; then what it is.
std::string models_overview();

}  // namespace imagine::hub
