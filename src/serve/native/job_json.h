/// Jobs as JSON, and where their parts are asked for.
#pragma once

#include <cstddef>
#include <string>

#include "core/fields.h"
#include "serve/http/message.h"
#include "serve/jobs/board.h"

namespace imagine::serve {

/// {"error": {"code", "message", "field"}}; of any status.
HttpResponse native_fault(int status, const std::string& reason, const std::string& field);

std::string path_of_job(const std::string& id);
std::string path_of_output(const std::string& id, std::size_t index);

Json json_of_output(const Snapshot& job, std::size_t index);
Json json_of_job(const Snapshot& job);

}  // namespace imagine::serve
