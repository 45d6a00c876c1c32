#include "data/object_sources.h"

#include <iterator>

#include "data/emoji.h"
#include "data/povray.h"
#include "data/tuxpaint.h"

namespace imagine::data {
namespace {

constexpr int kGroundSide = 384;  // a window of 0.67 of it fills pictures of 256

void append(std::vector<Cutout>& all, std::vector<Cutout> more) {
  all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

}  // namespace

std::vector<Cutout> read_cutouts(const PackageFolder& packages, const ObjectMixture& mixture) {
  std::vector<Cutout> cutouts;
  if (mixture.render + mixture.flat + mixture.emoji > 0) {
    const auto entries = read_emoji_entries(packages);
    if (mixture.render > 0) append(cutouts, read_fluent_render(packages, entries));
    if (mixture.flat > 0) append(cutouts, read_fluent_flat(packages, entries));
    if (mixture.emoji > 0) append(cutouts, read_noto(packages, entries));
  }
  if (mixture.photo + mixture.drawing > 0) append(cutouts, read_stamps(packages));
  return cutouts;
}

std::vector<GroundPicture> render_grounds(const io::fs::path& folder, int count,
                                          const std::function<bool()>& go_on) {
  std::vector<Scene> scenes;
  std::vector<GroundPicture> grounds;
  for (int i = 0; i < count; ++i) {
    Random random(std::uint64_t(i), "ground");
    scenes.push_back(random_backdrop(random));
    grounds.push_back({scenes.back().ground, {}});
  }
  if (count == 0) return grounds;
  render_scenes(
      scenes, {.size = kGroundSide, .folder = folder},
      [&](std::size_t i, Image image) { grounds[i].image = std::move(image); }, go_on);
  return grounds;
}

}  // namespace imagine::data
