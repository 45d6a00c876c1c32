/// Pictures as server-sent events, as OpenAI's clients read them.
#pragma once

#include <cstdint>
#include <memory>

#include "serve/desk.h"
#include "serve/dialects/openai_fields.h"

namespace imagine::serve {

/// Seconds since 1970.
std::int64_t openai_time();

/// What every answer says of its pictures: background, output_format, quality, size, usage.
Json openai_traits(const Output& output, const OpenaiEcho& echo);

/// Partial pictures as they are drawn, then the whole ones, each an event.
void stream_to_openai(const std::shared_ptr<Exchange>& exchange, Desk& desk, JobOrder order,
                      const OpenaiEcho& echo);

}  // namespace imagine::serve
