/// What AUTOMATIC1111's clients look up before they draw: lists, options, what a picture says.
#pragma once

#include <array>
#include <map>
#include <mutex>
#include <string>

#include "serve/desk.h"
#include "serve/dialects/a1111_fields.h"

namespace imagine::serve {

struct A1111List {
  const char* method;
  const char* name;  ///< of /sdapi/v1/...
  Json (*make)(Desk& desk);
};

extern const std::array<A1111List, 17> kA1111Lists;

/// {"info", "items", "parameters"}
Json a1111_png_info(const Origin& origin);

/// The model that each owner has chosen: upstream has one for all. Of those whose choice is long
/// ago it is forgotten. Any thread may ask.
class A1111Choices {
 public:
  /// Empty: the usual one.
  std::string model_of(const std::string& owner);
  Json options(Desk& desk, const std::string& owner);
  /// Problem 404 for a model that is not here.
  void choose(Desk& desk, const std::string& owner, const A1111Settings& settings);

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> models_;
};

}  // namespace imagine::serve
