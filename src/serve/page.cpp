#include "serve/page.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "serve/native/job_json.h"
#include "serve/page_files.h"

namespace imagine::serve {
namespace {

/// Nothing of another host, no script or style within the page.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string type_of(const std::string& name) {
  constexpr std::array<std::pair<std::string_view, const char*>, 4> kTypes = {
      {{".html", "text/html; charset=utf-8"},
       {".css", "text/css; charset=utf-8"},
       {".js", "text/javascript; charset=utf-8"},
       {".svg", "image/svg+xml"}}};
  const auto ending = std::filesystem::path(name).extension().string();
  const auto found = std::ranges::find(kTypes, ending, &decltype(kTypes)::value_type::first);
  return found == kTypes.end() ? "application/octet-stream" : found->second;
}

HttpResponse file_named(const std::string& name) {
  const auto found = std::ranges::find(page_files(), name, &PageFile::name);
  if (found == page_files().end()) return native_fault(404, name + ": there is no such file", "");
  return {.type = type_of(name),
          .body = std::string(found->text),
          .headers = {{"Cache-Control", "no-cache"},
                      {"Content-Security-Policy", kPolicy},
                      {"Referrer-Policy", "no-referrer"}}};
}

}  // namespace

void add_page(Routes& routes) {
  routes.add({.method = "GET",
              .path = "/",
              .serve = [](const auto& exchange,
                          const Names&) { exchange->answer(file_named("index.html")); },
              .fault = native_fault,
              .needs_key = false,
              .is_quick = true});
  routes.add({.method = "GET",
              .path = "/page/{name}",
              .serve = [](const auto& exchange,
                          const Names& names) { exchange->answer(file_named(names.at("name"))); },
              .fault = native_fault,
              .needs_key = false,
              .is_quick = true});
}

}  // namespace imagine::serve
