/// What a handler throws where the fault is known.
#pragma once

#include <string>
#include <utility>

#include "imagine/error.h"

namespace imagine::serve {

/// A status of HTTP, and the field that it is about.
class Problem : public Error {
 public:
  Problem(int status, const std::string& reason, std::string field = {})
      : Error(reason), status_(status), field_(std::move(field)) {}
  int status() const { return status_; }
  const std::string& field() const { return field_; }

 private:
  int status_;
  std::string field_;
};

/// The field that an error begins with, "aspect: expected ..."; empty where it begins otherwise.
std::string field_of(const std::string& reason);

/// Where a file of the server's own is at fault, not who asked: 500, without folders.
Problem servers_own(const Error& error, const std::string& before = {}, std::string field = {});

}  // namespace imagine::serve
