#include "serve/problem.h"

#include "serve/without_folders.h"

namespace imagine::serve {

std::string field_of(const std::string& reason) {
  const auto end = reason.find_first_not_of("abcdefghijklmnopqrstuvwxyz_.[]0123456789");
  return end != reason.npos && end > 0 && reason[end] == ':' ? reason.substr(0, end) : "";
}

Problem servers_own(const Error& error, const std::string& before, std::string field) {
  return {500, before + without_folders(error.what()), std::move(field)};
}

}  // namespace imagine::serve
