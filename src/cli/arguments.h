/// The command line before CLI11 reads it: which command is meant, what is an option and what is
/// text. Slips end here, in words.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace imagine::cli {

/// "imagine dataset encode".
std::string path_of(const CLI::App& command);

/// As a POSIX shell takes it for one word; left alone where it is one.
std::string shell_word(const std::string& text);

/// Makes each positional of the commands, and each list, take text as `read_arguments` hands it
/// over. To be called once all commands are there.
void take_texts(CLI::App& app);

/// The arguments (without the program's name) as app.parse() takes them, last first. A prompt alone
/// is `generate`'s, `help COMMAND` is `COMMAND --help`. What does not begin with a dash, has a
/// blank before any `=`, or stands behind `--` is text whatever brackets it has: CLI11 never looks
/// into it. InputError for an unknown command or option, with what may have been meant, for a
/// prompt without quotes, and for more arguments than the command takes.
std::vector<std::string> read_arguments(const CLI::App& app, std::vector<std::string> arguments);

/// CLI11's words about what read_arguments() handed over.
std::string readable(std::string message);

}  // namespace imagine::cli
