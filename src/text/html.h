/// Of HTML just what stray markup in captions needs.
#pragma once

#include <unicode/unistr.h>

namespace imagine::text {

/// Without tags and comments; character references are decoded.
icu::UnicodeString text_of_html(const icu::UnicodeString& html);

/// "&eacute;", "&#233;", "&#xe9;" -> é. Names: HTML 4's Latin-1 set and common punctuation.
icu::UnicodeString with_references_decoded(const icu::UnicodeString& text);

}  // namespace imagine::text
