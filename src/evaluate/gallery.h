/// Pictures that a model has drawn, kept as files, so that an evaluation goes on where it stopped.
#pragma once

#include <functional>
#include <string>

#include "imagine/request.h"
#include "io/file.h"

namespace imagine::evaluate {

/// Draws what a request asks for: all that evaluation knows of a model.
using Painter = std::function<Image(const Request& request)>;

class Gallery {
 public:
  /// Pictures of the model `model` in `folder`, which is made with the first of them. InputError
  /// where it holds another's.
  Gallery(io::fs::path folder, const std::string& model, Painter paint);

  /// The picture of the file if there is one, else drawn and kept. A file that cannot be read is
  /// drawn anew. Another request is another picture.
  Image picture(const Request& request);

 private:
  io::fs::path folder_;
  std::string model_;
  Painter paint_;
};

}  // namespace imagine::evaluate
