/// For fuzz targets: an error of ours is an answer like any other.
#pragma once

#include "imagine/error.h"

namespace imagine {

template <class Function>
void attempt(Function function) {
  try {
    function();
  } catch (const Error&) {
  }
}

}  // namespace imagine
