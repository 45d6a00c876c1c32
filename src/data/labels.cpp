#include "data/labels.h"

namespace imagine::data {

Image image_of(const Labels& labels) {
  Image image{.width = labels.side, .height = labels.side, .rgb = {}};
  image.rgb.reserve(labels.things.size() * 3);
  const bool near = !labels.nearness.empty();
  for (std::size_t i = 0; i < labels.things.size(); ++i) {
    image.rgb.push_back(labels.things[i]);
    image.rgb.push_back(near ? labels.nearness[i] : 0);
    image.rgb.push_back(near ? 255 : 0);
  }
  return image;
}

Labels labels_of(const Image& image) {
  Labels labels{.side = image.width, .things = {}, .nearness = {}};
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    labels.things.push_back(image.rgb[i]);
    if (image.rgb[i + 2] > 0) labels.nearness.push_back(image.rgb[i + 1]);
  }
  return labels;
}

}  // namespace imagine::data
