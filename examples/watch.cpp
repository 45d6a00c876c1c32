// watch "PROMPT": draws in 100 steps, tells of each, keeps the previews in the current folder, and
// cancels when half is done.
#include <atomic>
#include <iostream>

#include <imagine/engine.h>
#include <imagine/image_file.h>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "watch \"PROMPT\"\n";
    return 2;
  }
  try {
    const auto model = imagine::Model::open(imagine::embedded_model());
    imagine::Engine engine({.threads = 1});
    const imagine::StageOptions slow{.steps = 100};
    std::atomic<double> done = 0;
    auto job = engine.submit(
        model, {.prompt = argv[1], .size = 64, .stages = {slow}},
        {.on_progress =
             [&](const imagine::Progress& now) {
               std::cout << "step " << now.step << " of " << now.steps << '\n';
               done = now.done;
             },
         .on_preview =
             [](const imagine::Preview& preview) {
               const auto name = "preview-" + std::to_string(preview.step) + ".png";
               imagine::save({.image = preview.image, .recipe = {}}, name);
             },
         .on_picture = [](const imagine::Picture&) { std::cout << "done\n"; }});
    job.wait([&] { return done < 0.5; });
  } catch (const imagine::Interrupted& error) {
    std::cout << error.what() << '\n';
  } catch (const imagine::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
