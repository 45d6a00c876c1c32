/// Tells models apart by what makes them draw as they do.
#pragma once

#include "io/fingerprint.h"

namespace imagine::evaluate {

/// Adds every byte of a file; of a folder those of its configurations, weights and vocabularies
/// with their places in it, linked folders included. What tells of a model and evaluations in it (a
/// folder with a report) do not count. FormatError where a file cannot be read, InputError where
/// there is none.
void add_model(io::Fingerprint& fingerprint, const io::fs::path& place);

/// The page that an evaluation leaves in its folder.
inline constexpr const char* kReport = "report.html";

}  // namespace imagine::evaluate
