/// Articles for names that come without one, and names for phrases that come with one.
#pragma once

#include <string>
#include <string_view>

#include "data/cutout.h"

namespace imagine::data {

/// "red apple" -> "a red apple"; "bacon", "books" -> themselves, by a list of words.
Name english_name(std::string_view bare);

/// "mela rossa" -> "una mela rossa", "chiave" -> "una chiave"; plurals and stuff take no article.
/// The gender and number are those of the first word: by its ending, and a list of exceptions.
Name italian_name(std::string_view bare);

/// "a red apple" -> bare "red apple"; "un'anatra" -> bare "anatra".
Name name_with_article(std::string_view phrase);

/// Typographic apostrophes and quotation marks as ASCII.
std::string plain_quotes(std::string_view text);

}  // namespace imagine::data
