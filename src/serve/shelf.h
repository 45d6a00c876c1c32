/// The models and low-rank changes that a server has, by name.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "imagine/model.h"

namespace imagine::serve {

struct ShelfOptions {
  std::filesystem::path model = {};   ///< what is drawn with unless a request names another
  std::filesystem::path folder = {};  ///< whose folders are models too; empty: none are
  std::filesystem::path loras = {};   ///< a folder of low-rank changes; empty: there are none
};

/// Models are opened as they are asked for, and checked then. All may be called by any thread.
class Shelf {
 public:
  /// Opens the first model. FormatError or ConfigError as Model::open(), InputError for a folder
  /// that is none.
  explicit Shelf(const ShelfOptions& options);

  /// The usual model first, then by name: what lies there now.
  std::vector<std::string> names() const;

  bool has(const std::string& name) const;

  /// Empty means the usual model. So does a name that Google's or OpenAI's own models have, which
  /// clients ask for whatever is served. InputError for another that is not here, Problem 500 for
  /// one that cannot be opened.
  std::shared_ptr<const Model> model(const std::string& name);

  /// Which of the names() answers to that one.
  std::string name_of(const std::string& name) const { return has(name) ? name : usual_; }

  /// Low-rank changes that requests may name: files *.safetensors and folders, sorted.
  std::vector<std::string> loras() const;
  /// Where the one of that name lies, which may go without its .safetensors. InputError where there
  /// is none.
  std::filesystem::path lora(const std::string& name) const;

 private:
  const ShelfOptions options_;
  std::string usual_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Model>> open_;
};

}  // namespace imagine::serve
