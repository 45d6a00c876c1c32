/// Which request goes to whom.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "serve/http/message.h"

namespace imagine::serve {

/// What stood where a route has a name in braces.
using Names = std::map<std::string, std::string>;

/// How a dialect tells of errors: the answer that goes with a status, a reason and the field that
/// is to blame, which may be empty.
using Fault = HttpResponse (*)(int status, const std::string& reason, const std::string& field);

struct Route {
  std::string method;
  /// "/v1/jobs/{id}": a name in braces is one segment, {name*} at the end all that is left.
  std::string path;
  std::function<void(std::shared_ptr<Exchange>, const Names&)> serve;
  Fault fault = nullptr;                              ///< how its errors are told
  std::function<bool(const Names&)> takes = nullptr;  ///< whether the names are such; none: any are
  bool needs_key = true;
  bool is_quick = false;     ///< waits for nothing that other requests are busy with
  std::string summary = {};  ///< a sentence for the document of all routes; empty: not in it
  std::string shown = {};    ///< the path there, where it differs
  std::function<Json()> schema = nullptr;  ///< of its body, there; none: it has none
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
  const std::vector<Route>& all() const { return routes_; }
  /// The methods that the path has; none where there is no such path.
  std::vector<std::string> methods(const std::string& path) const;

 private:
  std::vector<Route> routes_;
};

}  // namespace imagine::serve
