/// Pictures in files, and what they say of how they were made.
#pragma once

#include <array>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "imagine/error.h"
#include "imagine/recipe.h"

namespace imagine {

/// That pictures are written in.
enum class ImageFormat { png, jpeg, webp };

constexpr std::array<const char*, 3> names_of(ImageFormat) { return {"png", "jpeg", "webp"}; }

/// For --help and errors: that pictures are read in.
inline constexpr const char* kReadFormats = "PNG, JPEG, WebP, GIF, BMP, TIFF, HEIC or AVIF";

/// What becomes of pixels that are transparent.
enum class Transparency {
  on_white,
  on_black,  ///< as a mask is read: what is transparent is not chosen
  kept       ///< in Source::alpha, as super-resolution takes it
};

/// A picture of up to 64 million pixels, its colours taken to sRGB, upright; of an animation the
/// first. FormatError calls it `name`.
Source decode(std::string_view bytes, const std::string& name,
              Transparency transparency = Transparency::on_white);

/// The same of a file.
Source load_image(const std::filesystem::path& file,
                  Transparency transparency = Transparency::on_white);

/// A picture's file, with its recipe inside.
struct EncodedPicture {
  std::string bytes = {};
  std::vector<std::string> notes = {};  ///< what the format could not hold, a sentence each
};

/// `quality` is that of JPEG and WebP, 0 .. 100; nothing: 95 and 92.
EncodedPicture encode(const Picture& picture, ImageFormat format,
                      std::optional<int> quality = std::nullopt);

/// The format that a file's name ends in: *.png, *.jpg, *.jpeg or *.webp. InputError for another.
ImageFormat format_of(const std::filesystem::path& file);

/// Writes the picture in the format that the name ends in, whole or not at all; what was there is
/// replaced. Returns the notes of encode(). ResourceError where it cannot be written.
std::vector<std::string> save(const Picture& picture, const std::filesystem::path& file);

/// How a picture was made, as its file says it.
struct Origin {
  std::optional<Recipe> recipe = {};  ///< where we made it
  std::string text = {};  ///< for people; also of AUTOMATIC1111, ComfyUI, InvokeAI, NovelAI
  std::string json = {};  ///< the same for programs
};

/// FormatError for a file that is no picture; InputError for one that says nothing of the kind.
Origin origin_of(const std::filesystem::path& file);

/// The same of the bytes of a file that errors call `name`.
Origin origin_of(std::string_view bytes, const std::string& name);

/// The command line that makes the picture again, quoted for a POSIX shell.
std::string command_of(const Recipe& recipe);

}  // namespace imagine
