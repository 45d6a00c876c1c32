/// What names things without telling what they are.
#pragma once

#include <string>
#include <string_view>

#include "io/file.h"

namespace imagine::io {

/// Random bytes that stay the same in a file of its owner's alone (mode 0600), made at the first
/// call. A file that others may read, of another owner or of another size is replaced.
/// ResourceError where none can be kept, as on a file system without modes.
Bytes kept_secret(const fs::path& path);

/// HMAC-SHA256 (RFC 2104) in 64 hexadecimal digits: whoever lacks the key can neither compute it
/// nor try texts against it.
std::string keyed_hash(std::string_view key, std::string_view text);

}  // namespace imagine::io
