/// What can go wrong. Every error says where, what was expected and what came.
#pragma once

#include <stdexcept>
#include <string>

namespace imagine {

/// Any failure that the library reports. It never prints and never aborts.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A configuration or an option is missing, unknown or contradicts another.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// A file is not what it claims to be.
class FormatError : public Error {
 public:
  using Error::Error;
};

/// A request cannot be served as asked.
class InputError : public Error {
 public:
  using Error::Error;
};

/// Memory, disk or a needed program ran out or is missing.
class ResourceError : public Error {
 public:
  using Error::Error;
};

/// The caller asked to stop; what was complete is kept.
class Interrupted : public Error {
 public:
  using Error::Error;
};

}  // namespace imagine
