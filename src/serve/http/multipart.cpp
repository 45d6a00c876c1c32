#include "serve/http/multipart.h"

#include <algorithm>
#include <optional>

#include "core/check.h"
#include "serve/http/header_value.h"

namespace imagine::serve {
namespace {

constexpr std::string_view kWhere = "multipart/form-data";
constexpr std::size_t kMostParts = 64;
constexpr std::size_t kLongestHeader = 8192;  // bytes, of a part
constexpr std::size_t kLongestBoundary = 70;  // RFC 2046, sec. 5.1.1

/// "--boundary"
std::string delimiter_of(std::string_view content_type) {
  const auto value = parsed_value(content_type);
  const auto found = value.parameters.find("boundary");
  check<FormatError>(found != value.parameters.end(), kWhere, ": expected a boundary, got none");
  const auto& boundary = found->second;
  check<FormatError>(!boundary.empty() && boundary.size() <= kLongestBoundary, kWhere,
                     ": expected a boundary of 1 to ", kLongestBoundary, " bytes, got ",
                     boundary.size());
  return "--" + boundary;
}

void read_header(std::string_view line, Part& part) {
  const auto colon = line.find(':');
  check<FormatError>(colon != line.npos, kWhere, ": expected a header of a part, got none");
  const IgnoringCase less;
  const auto is = [&](std::string_view name) {
    const auto own = line.substr(0, colon);
    return !less(own, name) && !less(name, own);
  };
  const auto text = trimmed(line.substr(colon + 1));
  if (is("content-type")) part.type = text;
  if (!is("content-disposition")) return;
  const auto value = parsed_value(text);
  check<FormatError>(value.value == "form-data", kWhere, ": expected parts of form-data");
  const auto parameter = [&](const char* name) {
    const auto found = value.parameters.find(name);
    return found == value.parameters.end() ? std::string() : found->second;
  };
  part.name = parameter("name");
  part.filename = parameter("filename");
}

/// A part without the line end before its boundary.
Part part_of(std::string_view text) {
  Part part;
  const auto end = text.find("\r\n\r\n");
  check<FormatError>(end != text.npos && end <= kLongestHeader, kWhere,
                     ": expected a part's header of at most ", kLongestHeader, " bytes");
  auto header = text.substr(0, end);
  while (!header.empty()) {
    const auto line = header.substr(0, header.find("\r\n"));
    read_header(line, part);
    header.remove_prefix(std::min(line.size() + 2, header.size()));
  }
  check<FormatError>(!part.name.empty(), kWhere, ": expected a name of each part, got none");
  part.content = text.substr(end + 4);
  return part;
}

}  // namespace

bool is_multipart(std::string_view content_type) {
  return parsed_value(content_type).value == kWhere;
}

std::vector<Part> multipart_of(std::string_view content_type, std::string_view body) {
  const auto delimiter = delimiter_of(content_type);
  const auto between = "\r\n" + delimiter;
  // What stands before the first boundary counts for nothing.
  auto at = body.starts_with(delimiter) ? 0 : body.find(between);
  check<FormatError>(at != body.npos, kWhere, ": expected the boundary that the header names");
  body.remove_prefix(at + (at == 0 && body.starts_with(delimiter) ? delimiter : between).size());
  std::vector<Part> parts;
  while (!body.starts_with("--")) {
    check<FormatError>(parts.size() < kMostParts, kWhere, ": expected at most ", kMostParts,
                       " parts, got more");
    const auto line = body.find("\r\n");
    check<FormatError>(line != body.npos && trimmed(body.substr(0, line)).empty(), kWhere,
                       ": expected a line end behind a boundary");
    body.remove_prefix(line + 2);
    const auto end = body.find(between);
    check<FormatError>(end != body.npos, kWhere, ": expected a boundary at its end: it is cut off");
    parts.push_back(part_of(body.substr(0, end)));
    body.remove_prefix(end + between.size());
  }
  return parts;
}

}  // namespace imagine::serve
