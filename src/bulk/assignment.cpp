#include "bulk/assignment.h"

#include <algorithm>

#include "core/check.h"
#include "imagine/engine.h"
#include "io/utf8.h"

namespace imagine::bulk {

ShardRange range_of(const Assignment& assignment, std::int64_t shard) {
  const auto begin = shard * assignment.per_shard;
  const auto all = std::int64_t(assignment.prompts.size());
  return {.begin = begin, .end = std::min(all, begin + assignment.per_shard)};
}

Request request_for(const Assignment& assignment, std::int64_t prompt) {
  auto request = assignment.request;
  request.prompt = assignment.prompts[std::size_t(prompt)].text;
  request.seed += std::uint64_t(prompt) * std::uint64_t(request.count);
  return request;
}

void check_assignment(const Assignment& assignment, const Model& model) {
  check<InputError>(assignment.per_shard >= 1, "per-shard: expected 1 prompt or more, got ",
                    assignment.per_shard);
  auto any = assignment.request;  // what is wrong with all of them is no line's fault
  any.prompt = "a picture";
  check_request(model, any);
  for (std::size_t i = 0; i < assignment.prompts.size(); ++i) {
    const auto request = request_for(assignment, std::int64_t(i));
    const auto where =
        concat(assignment.file.string(), ": line ", assignment.prompts[i].line, ": ");
    check<InputError>(io::is_utf8(request.prompt), where, "expected a prompt in UTF-8");
    try {
      check_request(model, request);
    } catch (const InputError& error) {
      throw InputError(where + error.what());
    }
  }
}

}  // namespace imagine::bulk
