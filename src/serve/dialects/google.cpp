#include "serve/dialects/google.h"

#include <array>

#include "core/base64.h"
#include "core/check.h"
#include "serve/dialects/gemini_fields.h"
#include "serve/dialects/google_call.h"
#include "serve/dialects/google_shape.h"
#include "serve/dialects/models.h"
#include "serve/dialects/predict_fields.h"
#include "serve/json_text.h"
#include "serve/order.h"
#include "serve/schema.h"

namespace imagine::serve {
namespace {

using Serve = void (*)(const std::shared_ptr<Exchange>&, Desk&, const std::string& model);

void predict(const std::shared_ptr<Exchange>& exchange, Desk& desk, const std::string& model) {
  const auto& request = exchange->request();
  const auto fields = sent_as<PredictFields>(request);
  auto wish = wish_of(fields);
  wish.model = model;
  auto order = order_of(std::move(wish), desk, desk.access.owner(request), names_of(fields));
  answer_when_drawn(exchange, desk, std::move(order), google_fault, [](const Snapshot& job) {
    Json predictions = Json::array();
    for (const auto& output : job.outputs) {
      predictions.push_back({{"mimeType", type_of_format(name_of(output->format))},
                             {"bytesBase64Encoded", base64(output->bytes)},
                             {"prompt", output->recipe.request.prompt},
                             {"seed", output->recipe.request.seed}});
    }
    return HttpResponse{.body = text_of({{"predictions", predictions}})};
  });
}

/// One candidate for each picture.
Json contents_of(const Snapshot& job) {
  Json candidates = Json::array();
  for (const auto& output : job.outputs) {
    const Json data{{"mimeType", type_of_format(name_of(output->format))},
                    {"data", base64(output->bytes)}};
    candidates.push_back(
        {{"index", candidates.size()},
         {"finishReason", "STOP"},
         {"content", {{"role", "model"}, {"parts", Json::array({{{"inlineData", data}}})}}}});
  }
  return {{"candidates", candidates},
          {"usageMetadata", {{"promptTokenCount", 0}, {"totalTokenCount", 0}}},
          {"modelVersion", job.asked->model}};
}

JobOrder gemini_order(const HttpRequest& request, Desk& desk, const std::string& model) {
  auto wish = wish_of(sent_as<GeminiFields>(request));
  wish.model = model;
  return order_of(std::move(wish), desk, desk.access.owner(request), kGeminiNames);
}

void generate(const std::shared_ptr<Exchange>& exchange, Desk& desk, const std::string& model) {
  answer_when_drawn(
      exchange, desk, gemini_order(exchange->request(), desk, model), google_fault,
      [](const Snapshot& job) { return HttpResponse{.body = text_of(contents_of(job))}; });
}

/// The same as one event, or as a list of one for who does not ask for events.
void generate_streaming(const std::shared_ptr<Exchange>& exchange, Desk& desk,
                        const std::string& model) {
  const auto alt = exchange->request().query.find("alt");
  const bool events = alt != exchange->request().query.end() && alt->second == "sse";
  answer_when_drawn(exchange, desk, gemini_order(exchange->request(), desk, model), google_fault,
                    [events](const Snapshot& job) {
                      const auto body = contents_of(job);
                      if (!events) return HttpResponse{.body = text_of(Json::array({body}))};
                      return HttpResponse{.type = "text/event-stream",
                                          .body = concat("data: ", text_of(body), "\n\n")};
                    });
}

struct Verb {
  const char* name;
  Serve serve;
  const char* summary;
  Json (*schema)();
};

constexpr std::array<Verb, 3> kVerbs = {
    {{"predict", predict, "Google's Imagen: generates, edits or upscales pictures",
      schema_of<PredictFields>},
     {"generateContent", generate, "Google's Gemini: generates or edits pictures",
      schema_of<GeminiFields>},
     {"streamGenerateContent", generate_streaming, "The same as an event (?alt=sse)",
      schema_of<GeminiFields>}}};

}  // namespace

void add_google(Routes& routes, Desk& desk) {
  for (const auto& verb : kVerbs) {
    routes.add({.method = "POST",
                .path = "/{path*}",
                .serve =
                    [&desk, verb](const auto& exchange, const Names& names) {
                      verb.serve(exchange, desk, google_call("/" + names.at("path"))->model);
                    },
                .fault = google_fault,
                .takes =
                    [verb](const Names& names) {
                      const auto call = google_call("/" + names.at("path"));
                      return call && call->verb == verb.name;
                    },
                .summary = verb.summary,
                .shown = concat("/v1beta/models/{model}:", verb.name),
                .schema = verb.schema});
  }
  const auto model_at = [](const Names& names) { return google_model("/" + names.at("path")); };
  routes.add({.method = "GET",
              .path = "/{path*}",
              .serve =
                  [&desk, model_at](const auto& exchange, const Names& names) {
                    const auto name = *model_at(names);
                    exchange->answer(name.empty() ? models_of(desk) : model_named(desk, name));
                  },
              .fault = google_fault,
              .takes =
                  [&desk, model_at](const Names& names) {
                    const auto name = model_at(names);
                    return name && is_model_name(desk, *name);
                  },
              .summary = "Models, as Google's clients list them, under any prefix",
              .shown = "/v1beta/models"});
  // Clients that are given a base URL alone ask it.
  routes.add({.method = "POST",
              .path = "/",
              .serve = [&desk](const auto& exchange, const Names&) { predict(exchange, desk, ""); },
              .fault = google_fault});
}

}  // namespace imagine::serve
