/// The pictures from outside that a request holds, found by its field lists.
#pragma once

#include <optional>
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

/// visit(name, picture) for each optional picture that a control may have, in that order; `name` is
/// the field's.
template <class AnyControl, class Visit>
void visit_pictures(AnyControl& control, const Visit& visit) {
  Control::fields(control, [&](const char* name, auto& member, const char*) {
    using Member = std::remove_cvref_t<decltype(member)>;
    if constexpr (std::is_same_v<Member, std::optional<Source>>) visit(name, member);
  });
}

/// Of each picture its name alone, as recipes tell it: pixels may be many.
inline Request without_pixels(Request request) {
  visit_sources(request,
                [](Source& source) { source = {.image = {}, .name = std::move(source.name)}; });
  return request;
}

}  // namespace imagine
