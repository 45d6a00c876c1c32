/// Errors as strangers may read them.
#pragma once

#include <string>

namespace imagine::serve {

/// A text in which paths are their last parts: where things lie on the server's machine is nobody's
/// business. "/srv/models/a/model.json: expected an object" -> "model.json: expected an object".
std::string without_folders(const std::string& text);

}  // namespace imagine::serve
