// draw "PROMPT" FILE.png: a picture from a prompt, with its recipe inside.
#include <iostream>

#include <imagine/engine.h>
#include <imagine/image_file.h>

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "draw \"PROMPT\" FILE.png\n";
    return 2;
  }
  try {
    const auto model = imagine::Model::open(imagine::embedded_model());
    imagine::Engine engine;
    const auto pictures = engine.draw(model, {.prompt = argv[1], .seed = 2});
    imagine::save(pictures.front(), argv[2]);
    std::cout << imagine::command_of(pictures.front().recipe) << '\n';
  } catch (const imagine::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
