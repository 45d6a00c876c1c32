#include "cli/same_style.h"

#include "core/check.h"

namespace imagine::cli {

void draw_in_one_style(DrawingSession& session, std::vector<Request> requests, Style style,
                       const std::function<std::string(std::size_t request, Picture)>& write) {
  auto& first = requests.front();
  check<InputError>(requests.size() > 1 || first.count > 1,
                    "--same-style: expected several pictures, by --count or more prompts, got one");
  check<InputError>(session.info().takes_style, "--same-style: expected a model that takes on ",
                    "another picture's look, got ", session.info().name);
  style.picture.image = {.width = 1, .height = 1, .rgb = {0, 0, 0}};  // until there is one
  for (auto request : requests) {
    session.check(request);
    request.style = style;
    session.check(request);
  }
  auto alone = first;
  alone.count = 1;
  session.draw({alone}, [&](std::size_t request, Picture picture) {
    style.picture.image = picture.image;
    style.picture.name = write(request, std::move(picture));
  });
  for (auto& request : requests) request.style = style;
  ++first.seed;
  const bool is_done = --first.count == 0;
  if (is_done) requests.erase(requests.begin());
  session.draw(requests, [&](std::size_t request, Picture picture) {
    write(request + (is_done ? 1 : 0), std::move(picture));
  });
}

}  // namespace imagine::cli
