#include "hub/selection.h"

#include <algorithm>
#include <array>
#include <fnmatch.h>

#include "core/check.h"
#include "hub/source.h"

namespace imagine::hub {
namespace {

/// A listed file and its path within the source's folder.
struct Candidate {
  const ListedFile* file;
  std::string path;
};

std::vector<Candidate> within(const Listing& listing, const std::string& folder) {
  std::vector<Candidate> result;
  const auto prefix = folder.empty() ? "" : folder + "/";
  for (const auto& file : listing.files) {
    if (file.path.starts_with(prefix)) result.push_back({&file, file.path.substr(prefix.size())});
  }
  return result;
}

bool matches(const std::string& path, const std::string& pattern) {
  return ::fnmatch(pattern.c_str(), path.c_str(), FNM_PATHNAME) == 0;
}

std::vector<Candidate> first_match(const std::vector<Candidate>& all, const Wanted& wanted) {
  for (const auto& pattern : wanted.patterns) {
    std::vector<Candidate> found;
    std::ranges::copy_if(all, std::back_inserter(found), [&](const Candidate& candidate) {
      return matches(candidate.path, pattern);
    });
    if (!found.empty()) return found;
  }
  return {};
}

/// Weights that nothing here reads.
bool is_unread(const std::string& path) {
  constexpr std::array kEndings = {".bin", ".pt",      ".pth",  ".ckpt",
                                   ".h5",  ".msgpack", ".onnx", ".onnx_data"};
  return std::ranges::any_of(kEndings, [&](const char* end) { return path.ends_with(end); });
}

bool is_hidden(const std::string& path) {
  return path.starts_with('.') || path.find("/.") != path.npos;
}

/// Everything, but for other formats of weights that are there as safetensors or GGUF.
Selection select_all(const std::vector<Candidate>& all) {
  const bool has_read = std::ranges::any_of(all, [](const Candidate& candidate) {
    return candidate.path.ends_with(".safetensors") || candidate.path.ends_with(".gguf");
  });
  Selection selection;
  for (const auto& [file, path] : all) {
    if (path == ".gitattributes" || path == ".gitignore") continue;
    if (has_read && (is_unread(path) || is_hidden(path))) {
      selection.left_out.push_back(path);
    } else {
      selection.files.push_back({.file = *file, .path = path});
    }
  }
  return selection;
}

std::string in_folder(const std::string& folder, const std::string& path) {
  return folder.empty() ? path : folder + "/" + path;
}

}  // namespace

Selection select(const Listing& listing, const Part& part, const std::string& where) {
  const auto folder = parse_source(part.source).folder;
  const auto all = within(listing, folder);
  check<InputError>(!all.empty(), where, ": expected files",
                    folder.empty() ? "" : concat(" in the folder ", folder), ", got none");
  Selection selection;
  if (part.files.empty()) selection = select_all(all);
  for (const auto& wanted : part.files) {
    const auto found = first_match(all, wanted);
    check<InputError>(!found.empty() || !wanted.required, where, ": expected ",
                      in_folder(folder, wanted.patterns.back()), ", found none");
    for (const auto& [file, path] : found) {
      selection.files.push_back({.file = *file, .path = path, .tensors = wanted.tensors});
    }
  }
  for (auto& chosen : selection.files) chosen.path = in_folder(part.folder, chosen.path);
  return selection;
}

bool is_wanted(const std::string& tensor, const std::vector<std::string>& tensors) {
  return tensors.empty() || std::ranges::any_of(tensors, [&](const std::string& name) {
           return name.ends_with('.') ? tensor.starts_with(name) : tensor == name;
         });
}

}  // namespace imagine::hub
