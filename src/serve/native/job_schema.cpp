#include "serve/native/job_schema.h"

#include "imagine/image_file.h"
#include "imagine/styles.h"

namespace imagine::serve {

Json job_schema(const Limits& limits) {
  auto schema = schema_of<Request>();
  auto& fields = schema["properties"];
  const auto bound = [](Json& field, double least, double most) {
    field["minimum"] = least, field["maximum"] = most;
  };
  bound(fields["count"], 1, limits.count);
  bound(fields["seed"], 0, 9007199254740992);
  fields["prompt"]["maxLength"] = fields["negative"]["maxLength"] = limits.prompt;
  auto& stage = fields["stages"]["items"]["properties"];
  bound(stage["steps"]["anyOf"][0], 1, limits.steps);
  bound(stage["guidance"], 0, kLargestGuidance);
  bound(stage["strength"], 0, 1);
  Json named{{"type", "string"}, {"enum", Json::array()}, {"description", "words of a style"}};
  for (const auto& style : named_styles()) named["enum"].push_back(style.name);
  fields["style"] = {{"anyOf", {named, fields["style"]}}};
  fields["model"] = {{"type", "string"}, {"description", "one that capabilities list"}};
  fields["format"] = {{"type", "string"},
                      {"enum", all_names<ImageFormat>()},
                      {"description", "of the picture's file"}};
  fields["quality"] = {
      {"type", "integer"}, {"minimum", 0}, {"maximum", 100}, {"description", "of JPEG and WebP"}};
  return schema;
}

}  // namespace imagine::serve
