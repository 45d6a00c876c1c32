/// The files of the page (src/serve/page), which the build puts into the program.
#pragma once

#include <string_view>
#include <vector>

namespace imagine::serve {

struct PageFile {
  std::string_view name, text;
};

const std::vector<PageFile>& page_files();

}  // namespace imagine::serve
