/// Scenes to pictures with the program povray (3.7): many frames in each of several processes.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "data/scene.h"
#include "imagine/image.h"

namespace imagine::data {

struct RenderOptions {
  int size = 128;                ///< pixels along each side
  int processes = 6;             ///< three for a core: povray sleeps 0.2 s of each frame
  std::filesystem::path folder;  ///< keeps the finished pictures; made if it is missing
  std::string program = "povray";
};

/// Called once for each scene, in any order, as its picture is finished.
using OnPicture = std::function<void(std::size_t scene, Image picture)>;

/// Renders those scenes whose picture is not yet in the folder, where each lies under a hash of its
/// scene and size: a second run goes on where the first stopped. The same scene gives the same
/// pixels. `go_on` is asked many times a second; its no stops the processes and throws Interrupted.
/// ResourceError if povray is missing or fails.
void render_scenes(const std::vector<Scene>& scenes, const RenderOptions& options,
                   const OnPicture& on_picture, const std::function<bool()>& go_on);

}  // namespace imagine::data
