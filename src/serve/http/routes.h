/// Which request goes to whom.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "serve/message.h"

namespace imagine::serve {

/// What stood where a route has a name in braces.
using Names = std::map<std::string, std::string>;

struct Route {
  std::string method;
  /// "/v1/jobs/{id}": a name in braces is one segment, {name*} at the end all that is left.
  std::string path;
  std::function<void(std::shared_ptr<Exchange>, const Names&)> serve;
  bool needs_key = true;
  bool is_quick = false;  ///< waits for nothing that other requests are busy with
};

struct Found {
  const Route* route;
  Names names = {};
};

class Routes {
 public:
  void add(Route route) { routes_.push_back(std::move(route)); }
  /// The first that fits. HEAD goes where GET does.
  std::optional<Found> find(const std::string& method, const std::string& path) const;
  /// The methods that the path has; none where there is no such path.
  std::vector<std::string> methods(const std::string& path) const;

 private:
  std::vector<Route> routes_;
};

}  // namespace imagine::serve
