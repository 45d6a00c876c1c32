/// For tests: runs something with each instruction set that this machine has.
#pragma once

#include <gtest/gtest.h>
#include <hwy/targets.h>

namespace imagine::nn {

template <class Body>
void with_every_target(const Body& body) {
  auto left = hwy::SupportedTargets();
  while (left != 0) {
    const auto target = left & -left;
    left &= left - 1;
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    body();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().DeInit();
}

}  // namespace imagine::nn
