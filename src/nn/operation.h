/// LibTorch's registered operators by name: those that no header declares.
#pragma once

#include <ATen/core/dispatch/Dispatcher.h>

namespace imagine::nn {

template <class Signature>
auto operation(const char* name, const char* overload = "") {
  return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).typed<Signature>();
}

inline bool is_registered(const char* name) {
  return c10::Dispatcher::singleton().findSchema({name, ""}).has_value();
}

}  // namespace imagine::nn
