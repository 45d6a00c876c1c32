/// The pictures from outside that a request holds, found by its field lists.
#pragma once

#include <type_traits>
#include <utility>

#include "core/fields.h"
#include "imagine/request.h"

namespace imagine {

/// visit(Source&) for each, in the order of the fields.
template <class Value, class Visit>
void visit_sources(Value& value, const Visit& visit) {
  using Plain = std::remove_const_t<Value>;
  if constexpr (std::is_same_v<Plain, Source>) {
    visit(value);
  } else if constexpr (kIsOptional<Plain>) {
    if (value) visit_sources(*value, visit);
  } else if constexpr (HasFields<Plain>) {
    Plain::fields(value,
                  [&](const char*, auto& member, const char*) { visit_sources(member, visit); });
  }
}

/// Of each picture its name alone, as recipes tell it: pixels may be many.
inline Request without_pixels(Request request) {
  visit_sources(request,
                [](Source& source) { source = {.image = {}, .name = std::move(source.name)}; });
  return request;
}

}  // namespace imagine
