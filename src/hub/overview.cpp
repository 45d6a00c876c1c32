#include "hub/overview.h"

#include <algorithm>
#include <array>
#include <vector>

#include "core/check.h"
#include "hub/catalogue.h"
#include "hub/listener.h"

namespace imagine::hub {
namespace {

constexpr std::size_t kColumns = 5;
using Row = std::array<std::string, kColumns>;

Row row_of(const Model& model) {
  std::string needs;
  for (const auto& name : model.needs) needs += concat(needs.empty() ? "" : ", ", name);
  if (model.gated) needs += concat(needs.empty() ? "" : ", ", "HF_TOKEN");
  const auto folder = found_model(model.name);
  return {model.name, model.licence, shown_bytes(model.bytes), needs.empty() ? "-" : needs,
          folder ? folder->string() : "-"};
}

std::string licence_pages(const Model& model) {
  if (!model.gated) return {};
  std::string text;
  for (const auto& part : model.parts) {
    text += concat(text.empty() ? "" : " and ", "https://huggingface.co/", part.source);
  }
  return concat("; accept its licence first, on ", text);
}

}  // namespace

std::string models_overview() {
  std::vector<Row> rows = {{"NAME", "LICENCE", "SIZE", "NEEDS", "HERE"}};
  for (const auto& model : catalogue()) rows.push_back(row_of(model));
  std::array<std::size_t, kColumns> widths{};
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const auto& row : rows) {
    for (std::size_t i = 0; i + 1 < kColumns; ++i) {
      text += row[i] + std::string(widths[i] + 2 - row[i].size(), ' ');
    }
    text += row.back() + "\n";
  }
  text += '\n';
  for (const auto& model : catalogue()) {
    text += concat(model.name, ": ", model.about, licence_pages(model), '\n');
  }
  return text + concat("\nSizes are about what is fetched. Models are kept in ",
                       models_folder().string(), '\n');
}

}  // namespace imagine::hub
