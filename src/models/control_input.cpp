#include "models/control_input.h"

#include <algorithm>
#include <charconv>

#include <torch/utils.h>

#include "core/check.h"

namespace imagine::models {

ControlInput ControlInput::rows(int64_t begin, int64_t count) const {
  return {.phrases = phrases.narrow(0, begin, count),
          .boxes = boxes.narrow(0, begin, count),
          .coverage = coverage.narrow(0, begin, count),
          .planes = planes.narrow(0, begin, count),
          .told = told.narrow(0, begin, count),
          .palette = palette.narrow(0, begin, count),
          .strength = strength};
}

ControlInput ControlInput::to(torch::Device device) const {
  return {.phrases = phrases.to(device),
          .boxes = boxes.to(device),
          .coverage = coverage.to(device),
          .planes = planes.to(device),
          .told = told.to(device),
          .palette = palette.to(device),
          .strength = strength};
}

ControlInput nothing_told(int64_t count, const PlacedExtent& picture, int64_t text_width) {
  const auto& [extent, place] = picture;
  return {
      .phrases = torch::zeros({count, kMostThings, text_width}),
      .boxes = torch::zeros({count, kMostThings, 4}),
      .coverage = torch::zeros({count, kMostThings, extent.height / place, extent.width / place}),
      .planes = torch::zeros({count, kPlanes, extent.height, extent.width}),
      .told = torch::zeros({count, kPlanes}),
      .palette = torch::zeros({count, kMostColours, kColourNumbers})};
}

ControlInput control_input(const Control& control, const Tensor& phrases,
                           const PlacedExtent& picture) {
  auto input = nothing_told(1, picture, phrases.size(1));
  input.strength = control.strength;
  const auto things = std::ssize(control.layout);
  for (int64_t i = 0; i < things; ++i) {
    const auto& [x, y, width, height] = control.layout[std::size_t(i)].box;
    input.boxes[0][i] = torch::tensor({float(x), float(y), float(x + width), float(y + height)});
  }
  input.phrases[0].narrow(0, 0, things).copy_(phrases);
  const Extent grid{.width = input.coverage.size(3), .height = input.coverage.size(2)};
  input.coverage = coverage_of(input.boxes, grid);
  const auto planes = planes_of(control, picture.extent);
  for (int64_t i = 0; i < kPlanes; ++i) {
    const auto& plane = planes[std::size_t(i)];
    if (!plane.defined()) continue;
    input.planes.narrow(1, i, 1).copy_(plane);
    input.told.select(1, i).fill_(1);
  }
  const auto move = palette_move(control.palette);
  input.palette[0] = palette_rows(move.palette, move.shares_told);
  return input;
}

io::PaletteMove palette_move(const std::vector<PaletteColour>& palette) {
  io::PaletteMove move;
  for (const auto& [colour, share] : palette) {
    const auto rgb = colour_in(colour);
    check<InputError>(rgb.has_value(), "palette: expected #rrggbb, got \"", colour, '"');
    move.palette.push_back({.colour = io::lab_of(*rgb), .share = share.value_or(0)});
    move.shares_told = move.shares_told && share;
  }
  return move;
}

std::optional<std::array<std::uint8_t, 3>> colour_in(std::string_view text) {
  constexpr std::size_t kLong = 7, kShort = 4;
  if ((text.size() != kLong && text.size() != kShort) || text.front() != '#') return std::nullopt;
  const auto digits = (text.size() - 1) / 3;
  std::array<std::uint8_t, 3> rgb{};
  for (std::size_t i = 0; i < 3; ++i) {
    const auto* begin = text.data() + 1 + digits * i;
    const auto [end, error] = std::from_chars(begin, begin + digits, rgb[i], 16);
    if (error != std::errc() || end != begin + digits) return std::nullopt;
    if (digits == 1) rgb[i] = std::uint8_t(0x11 * rgb[i]);
  }
  return rgb;
}

std::string text_of_colour(const std::array<std::uint8_t, 3>& rgb) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "#";
  for (const auto value : rgb) text += kDigits[value / 16], text += kDigits[value % 16];
  return text;
}

Tensor palette_rows(const std::vector<io::Swatch>& palette, bool shares_told) {
  auto rows = torch::zeros({kMostColours, kColourNumbers});
  const auto count = std::min(std::ssize(palette), kMostColours);
  for (int64_t i = 0; i < count; ++i) {
    const auto& [colour, share] = palette[std::size_t(i)];
    rows[i] = torch::tensor({float(colour[0] / 100), float(colour[1] / 100), float(colour[2] / 100),
                             shares_told ? float(share) : 0.0F, 1.0F});
  }
  return rows;
}

Tensor coverage_of(const Tensor& boxes, Extent grid) {
  const auto covered = [&](int64_t first, int64_t count) {  // [B, R, count]
    const auto begin = torch::arange(count, boxes.options()) / double(count);
    const auto low = boxes.select(2, first).unsqueeze(2),
               high = boxes.select(2, first + 2).unsqueeze(2);
    const auto length =
        torch::minimum(high, begin + 1.0 / double(count)) - torch::maximum(low, begin);
    return length.clamp_min(0) * double(count);
  };
  return covered(1, grid.height).unsqueeze(3) * covered(0, grid.width).unsqueeze(2);
}

}  // namespace imagine::models
