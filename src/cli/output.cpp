#include "cli/output.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <iostream>
#include <unistd.h>

#include "core/check.h"
#include "core/request_json.h"
#include "imagine/image_file.h"
#include "io/atomic_file.h"
#include "io/image_file.h"

namespace imagine::cli {
namespace {

namespace fs = std::filesystem;

/// The prompt as a part of a file's name: letters of any script and digits, 48 bytes at most.
std::string slug(const std::string& prompt) {
  constexpr std::size_t kMost = 48;
  const auto continues = [](unsigned char c) { return (c & 0xC0) == 0x80; };  // within UTF-8
  std::string name;
  for (const unsigned char c : prompt) {
    if (name.size() >= kMost && !continues(c)) break;
    if (c >= 0x80 || std::isalnum(c)) {
      name += char(std::tolower(c));
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.empty() ? "picture" : name;
}

/// Whether --output names a folder: one that is there, or a name without ending.
bool is_folder(const fs::path& output) {
  return output.empty() || fs::is_directory(output) || !output.has_filename() ||
         !output.has_extension();
}

/// What the ending of --output says, unless it is a folder's.
std::optional<ImageFormat> format_named(const fs::path& output) {
  if (is_folder(output)) return std::nullopt;
  try {
    return io::image_format(output.extension().string().substr(1));
  } catch (const InputError&) {
    throw InputError(
        concat("--output: expected a file named *.png, *.jpg or *.webp, or a folder, got ",
               output.string()));
  }
}

ImageFormat format_of(const Drawing& drawing) {
  const auto named = format_named(drawing.output);
  if (drawing.format.empty()) return named.value_or(ImageFormat::png);
  const auto format = io::image_format(drawing.format);
  check<InputError>(!named || *named == format, "--format: expected what --output says, ",
                    drawing.output, ", got ", drawing.format);
  return format;
}

std::string extension_of(ImageFormat format) {
  switch (format) {
    case ImageFormat::jpeg:
      return ".jpg";
    case ImageFormat::webp:
      return ".webp";
    case ImageFormat::png:
      break;
  }
  return ".png";
}

/// The folder itself, or the nearest one above it that is there.
fs::path nearest_folder(fs::path folder) {
  folder = fs::absolute(folder).lexically_normal();
  while (!fs::exists(folder) && folder.has_relative_path()) folder = folder.parent_path();
  return folder;
}

/// Tries with a file that goes away again.
void check_takes_files(const fs::path& folder, const std::string& given) {
  const auto there = nearest_folder(folder.empty() ? fs::path(".") : folder);
  try {
    check<ResourceError>(fs::is_directory(there), there.string(), ": is a file");
    io::AtomicFile probe(there / "probe.png");
  } catch (const ResourceError&) {
    if (given.empty()) {
      throw InputError(concat("the current folder, ", there.string(),
                              ": expected one that takes files; --output names another"));
    }
    throw InputError(
        concat("--output: expected a place that files can be written to, got ", given));
  }
}

/// Takes `path` for us where nothing is there, as an empty file.
bool taken(const fs::path& path) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor >= 0) close(descriptor);
  check<ResourceError>(descriptor >= 0 || errno == EEXIST, path.string(),
                       ": cannot create: ", std::strerror(errno));
  return descriptor >= 0;
}

/// The path, or where something is there the first free one of PATH-2, PATH-3 ...
fs::path taken_path(const fs::path& path) {
  auto free = path;
  for (int n = 2; !taken(free); ++n) {
    free.replace_filename(concat(path.stem().string(), "-", n, path.extension().string()));
  }
  return free;
}

/// Where the picture goes; a name that we make is ours from now on.
fs::path path_for(const Drawing& drawing, const Picture& picture, bool single) {
  const fs::path output = drawing.output;
  const auto made =
      picture.recipe.request.task == Task::upscale
          ? concat(fs::path(picture.recipe.request.image->name).stem().string(), "-",
                   picture.image.width, "x", picture.image.height)
          : concat(slug(picture.recipe.request.prompt), "-", picture.recipe.request.seed);
  const bool in_folder = is_folder(output);
  const auto folder = in_folder ? output : output.parent_path();
  std::error_code error;
  if (!folder.empty()) fs::create_directories(folder, error);
  check<ResourceError>(!error, folder.string(), ": cannot create: ", error.message());
  if (in_folder) return taken_path(output / concat(made, extension_of(format_of(drawing))));
  if (single) return output;
  return taken_path(folder /
                    concat(output.stem().string(), "-", made, output.extension().string()));
}

}  // namespace

void check_output(const Drawing& drawing, const std::vector<std::string>& inputs) {
  format_of(drawing);
  const fs::path output = drawing.output;
  const bool is_name = output != "-" && !output.filename().string().starts_with('.');
  check<InputError>(output.filename().empty() || is_name || fs::is_directory(output),
                    "--output: expected a file named *.png, *.jpg or *.webp, or a folder, got ",
                    drawing.output);
  for (const auto& input : inputs) {
    std::error_code missing;  // read_source() says so
    check<InputError>(!fs::is_regular_file(output) || !fs::equivalent(output, input, missing),
                      "--output: expected another file than the one that is read, got ",
                      drawing.output);
  }
  check_takes_files(is_folder(output) ? output : output.parent_path(), drawing.output);
  if (drawing.random_seed) std::cerr << "seed " << drawing.request.seed << std::endl;
}

std::string write(Picture picture, const Drawing& drawing, bool single) {
  const auto file = encode(picture, format_of(drawing));
  const auto path = path_for(drawing, picture, single);
  try {
    io::write_file(path, file.bytes);
  } catch (const ResourceError&) {
    std::error_code gone;  // the name that was taken goes again, a picture that was there stays
    if (fs::is_regular_file(path) && fs::file_size(path, gone) == 0) fs::remove(path, gone);
    throw;
  }
  for (const auto& note : file.notes) {
    std::cerr << concat("imagine: ", path.string(), ": ", note, '\n');
  }
  if (!drawing.json) {
    std::cout << path.string() << std::endl;
    return path.string();
  }
  auto json = to_json(picture.recipe);
  json["file"] = path.string();
  std::cout << json.dump(-1, ' ', false, Json::error_handler_t::replace) << std::endl;
  return path.string();
}

}  // namespace imagine::cli
