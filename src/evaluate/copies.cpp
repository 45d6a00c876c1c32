#include "evaluate/copies.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <torch/utils.h>

#include "core/check.h"

namespace imagine::evaluate {
namespace {

constexpr int64_t kSide = 32, kCoarse = 8, kClose = 32, kShift = 4, kChunk = 4096;
constexpr std::size_t kFewestInnocent = 20;

/// Bytes [N, 3, S, S] -> [N, 3, side, side] in 0 .. 1.
Tensor small(const Tensor& pictures, int64_t side) {
  std::vector<Tensor> parts;
  for (const auto& part : pictures.split(kChunk)) {
    parts.push_back(torch::adaptive_avg_pool2d(part.to(torch::kFloat), {side, side}) / 255);
  }
  return torch::cat(parts);
}

/// The least mean square of a picture [3, 32, 32] and each candidate [K, 3, 32, 32] over all
/// shifts, each over what both show. [K]
Tensor shifted_distance(const Tensor& picture, const Tensor& candidates) {
  auto least = torch::full({candidates.size(0)}, 1e9);
  const auto kept = [](int64_t shift) { return kSide - std::abs(shift); };
  for (int64_t y = -kShift; y <= kShift; ++y) {
    for (int64_t x = -kShift; x <= kShift; ++x) {
      const auto own = picture.narrow(1, std::max<int64_t>(0, y), kept(y))
                           .narrow(2, std::max<int64_t>(0, x), kept(x));
      const auto other = candidates.narrow(2, std::max<int64_t>(0, -y), kept(y))
                             .narrow(3, std::max<int64_t>(0, -x), kept(x));
      least = torch::minimum(least, (other - own).square().mean({1, 2, 3}));
    }
  }
  return least;
}

}  // namespace

Neighbours::Neighbours(const Tensor& pictures) {
  const auto count = pictures.defined() ? pictures.size(0) : 0;
  check<InputError>(count > 1, "copies: expected at least 2 pictures to compare with, got ", count);
  torch::NoGradGuard no_grad;
  coarse_ = small(pictures, kCoarse).flatten(1);
  fine_ = small(pictures, kSide);
}

Nearest Neighbours::nearest(const Tensor& coarse, const Tensor& fine,
                            std::optional<int64_t> but) const {
  auto away = (coarse_ - coarse).square().sum(1);
  if (but) away[*but] = std::numeric_limits<float>::infinity();
  const auto candidates = std::min(kClose, away.size(0) - (but ? 1 : 0));
  const auto close = std::get<1>(away.topk(candidates, 0, /*largest=*/false));
  const auto distances = shifted_distance(fine, fine_.index_select(0, close));
  const auto best = distances.argmin().item<int64_t>();
  return {.row = close[best].item<int64_t>(),
          .distance = std::sqrt(distances[best].item<double>())};
}

std::vector<Nearest> Neighbours::nearest_of(const Tensor& pictures) const {
  torch::NoGradGuard no_grad;
  const auto coarse = small(pictures, kCoarse).flatten(1), fine = small(pictures, kSide);
  std::vector<Nearest> all;
  for (int64_t i = 0; i < pictures.size(0); ++i) all.push_back(nearest(coarse[i], fine[i], {}));
  return all;
}

Nearest Neighbours::nearest_of_own(int64_t row) const {
  torch::NoGradGuard no_grad;
  return nearest(coarse_[row], fine_[row], row);
}

CopyCount copies_in(const std::vector<Nearest>& pictures, const std::vector<Nearest>& innocent) {
  check<InputError>(innocent.size() >= kFewestInnocent, "copies: expected at least ",
                    kFewestInnocent, " pictures that are no copies, got ", innocent.size());
  std::vector<double> distances;
  for (const auto& nearest : innocent) distances.push_back(nearest.distance);
  std::ranges::sort(distances);
  const double limit = distances[distances.size() / 100];
  const auto is_copy = [&](const Nearest& nearest) { return nearest.distance < limit; };
  return {.copies = int(std::ranges::count_if(pictures, is_copy)), .limit = limit};
}

double copying_score(const std::vector<Nearest>& pictures, const std::vector<Nearest>& innocent) {
  check<InputError>(!pictures.empty() && !innocent.empty(),
                    "copies: expected pictures and innocent ones, got ", pictures.size(), " and ",
                    innocent.size());
  double further = 0;  // pairs of which the picture is further away
  for (const auto& picture : pictures) {
    for (const auto& other : innocent) {
      further += picture.distance > other.distance    ? 1
                 : picture.distance == other.distance ? 0.5
                                                      : 0;
    }
  }
  const auto m = double(pictures.size()), n = double(innocent.size());
  return (further - m * n / 2) / std::sqrt(m * n * (m + n + 1) / 12);
}

int count_authentic(const std::vector<Nearest>& pictures, const Neighbours& training) {
  return int(std::ranges::count_if(pictures, [&](const Nearest& nearest) {
    return nearest.distance > training.nearest_of_own(nearest.row).distance;
  }));
}

}  // namespace imagine::evaluate
