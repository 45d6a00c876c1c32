// again FILE: draws a picture of ours again from the recipe inside, and says whether it is the same.
#include <filesystem>
#include <iostream>

#include <imagine/engine.h>
#include <imagine/image_file.h>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "again FILE.png\n";
    return 2;
  }
  try {
    const auto recipe = imagine::origin_of(argv[1]).recipe;
    if (!recipe) {
      std::cerr << argv[1] << ": another program made it\n";
      return 1;
    }
    auto request = imagine::request_of(*recipe);
    if (request.image) request.image = imagine::load_image(request.image->name);
    std::filesystem::path folder = recipe->model_folder;
    if (folder.empty()) folder = imagine::embedded_model();
    const auto model = imagine::Model::open(folder);
    imagine::Engine engine({.dtype = recipe->dtype});
    const auto again = engine.draw(model, request).front().image;
    const bool same = again.rgb == imagine::load_image(argv[1]).image.rgb;
    std::cout << (same ? "the same picture\n" : "another picture\n");
    return same ? 0 : 1;
  } catch (const imagine::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
