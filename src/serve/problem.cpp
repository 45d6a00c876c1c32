#include "serve/problem.h"

#include "serve/without_folders.h"

namespace imagine::serve {

Problem servers_own(const Error& error, const std::string& before, std::string field) {
  return {500, before + without_folders(error.what()), std::move(field)};
}

}  // namespace imagine::serve
