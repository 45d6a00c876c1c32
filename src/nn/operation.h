/// LibTorch's registered operators by name: those that no header declares.
#pragma once

#include <ATen/core/List.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <optional>

#include <torch/types.h>

namespace imagine::nn {

using Scalars = torch::List<std::optional<torch::Scalar>>;

template <class Signature>
auto operation(const char* name, const char* overload = "") {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

inline bool is_registered(const char* name) {
  return c10::Dispatcher::singleton().findSchema({name, ""}).has_value();
}

}  // namespace imagine::nn
