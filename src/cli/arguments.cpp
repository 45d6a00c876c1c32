#include "cli/arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <map>

#include "core/check.h"
#include "core/nearest.h"

namespace imagine::cli {
namespace {

/// Stands before every text that CLI11 gets, so that no text looks like anything else to it: it
/// takes "[a, b]" for two values, "++" for the end of a command, "-x" for an option.
constexpr char kText = '\x1f';

constexpr const char* kPrompt = "PROMPT";
constexpr const char* kGenerate = "generate";

/// How other programs call what we have.
const std::map<std::string, std::string> kOtherNames = {{"--cfg", "--guidance"},
                                                        {"--cfg-scale", "--guidance"},
                                                        {"--guidance-scale", "--guidance"},
                                                        {"--scale", "--guidance"},
                                                        {"--width", "--size"},
                                                        {"--height", "--size"},
                                                        {"--resolution", "--size"},
                                                        {"--ratio", "--aspect"},
                                                        {"--aspect-ratio", "--aspect"},
                                                        {"--num", "--count"},
                                                        {"--batch", "--count"},
                                                        {"--batch-size", "--count"},
                                                        {"--num-images", "--count"},
                                                        {"--num-inference-steps", "--steps"},
                                                        {"--scheduler", "--sampler"},
                                                        {"--negative-prompt", "--negative"},
                                                        {"--denoise", "--strength"},
                                                        {"--denoising-strength", "--strength"},
                                                        {"--noise-augmentation", "--noise-level"},
                                                        {"--checkpoint", "--model"},
                                                        {"--ckpt", "--model"},
                                                        {"--precision", "--dtype"},
                                                        {"--epochs", "--views"},
                                                        {"--lr", "--learning-rate"},
                                                        {"--class-prompt", "--kind"},
                                                        {"--instance-prompt", "--prompt"}};

bool has_blank(const std::string& text) { return text.find_first_of(" \t\r\n") != text.npos; }

/// -x, --name or --name=TEXT; neither "-", nor what has a blank in its name.
bool looks_like_option(const std::string& argument) {
  if (argument.size() < 2 || argument[0] != '-') return false;
  return !has_blank(argument.substr(0, argument.find('=')));
}

bool is_flag(const CLI::Option& option) { return option.get_items_expected_max() == 0; }

bool takes_many(const CLI::Option& option) { return option.get_allow_extra_args(); }

std::vector<std::string> names_of(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands({})) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return names;
}

std::vector<const CLI::Option*> positionals_of(const CLI::App& command) {
  return command.get_options([](const CLI::Option* option) { return option->get_positional(); });
}

/// Whether its last positional is a prompt.
bool draws(const CLI::App& command) {
  const auto positionals = positionals_of(command);
  return !positionals.empty() && positionals.back()->get_name(true) == kPrompt;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::string joined_for_shell(std::vector<std::string> words) {
  for (auto& word : words) word = shell_word(word);
  return joined(words);
}

/// "imagine edit a.png "a red apple"": the words from `begin` on as one.
std::string with_quotes(const std::string& command, const std::vector<std::string>& words,
                        std::size_t begin) {
  const auto middle = words.begin() + std::ptrdiff_t(begin);
  std::vector<std::string> all(words.begin(), middle);
  all.push_back(joined({middle, words.end()}));
  return concat(command, ' ', joined_for_shell(all));
}

/// Refuses the first word of a command line that is neither a command nor a prompt.
[[noreturn]] void refuse_word(const CLI::App& app, const std::vector<std::string>& arguments) {
  auto known = names_of(app);
  known.insert(known.end(), {"help", "version"});
  const auto& word = arguments.front();
  const auto end = std::ranges::find_if(arguments, looks_like_option);
  const std::vector<std::string> words(arguments.begin(), end);
  auto text =
      concat("expected a command or a prompt of several words in quotes, got \"", word, '"');
  const auto meant = nearest(word, known);
  text += meant ? concat("; did you mean imagine ", *meant, "? Else ") : "; ";
  if (words.size() > 1) {
    text += concat("put the prompt in quotes: ", with_quotes("imagine", words, 0));
  } else {
    text += concat("a prompt of one word: imagine generate ", shell_word(word),
                   "; imagine help lists the commands");
  }
  throw InputError(text);
}

/// The arguments with a command before them, and whether it was there.
struct Addressed {
  std::vector<std::string> arguments;
  bool implied = false;
};

Addressed with_command(const CLI::App& app, std::vector<std::string> arguments) {
  if (arguments.empty()) return {};
  if (arguments.front() == "version") arguments.front() = "--version";
  if (arguments.front() == "help") {
    arguments.erase(arguments.begin());
    if (!arguments.empty() && !looks_like_option(arguments.front())) {
      const auto known = names_of(app);
      const auto meant = nearest(arguments.front(), known);
      check<InputError>(std::ranges::find(known, arguments.front()) != known.end(),
                        "expected a command to tell of, got \"", arguments.front(), '"',
                        meant ? concat("; did you mean imagine help ", *meant, '?')
                              : std::string("; imagine help lists them"));
    }
    arguments.emplace_back("--help");
  }
  const auto first = arguments.front();
  if (app.get_option_no_throw(first) && first[0] == '-') return {.arguments = arguments};
  const auto commands = app.get_subcommands({});
  if (std::ranges::any_of(commands, [&](const CLI::App* c) { return c->get_name() == first; })) {
    return {.arguments = arguments};
  }
  const bool is_prompt = looks_like_option(first) || has_blank(first) || first == "-" ||
                         first == "--" || first.empty();
  if (!is_prompt) refuse_word(app, arguments);
  arguments.insert(arguments.begin(), kGenerate);
  return {.arguments = arguments, .implied = true};
}

/// Takes the arguments apart as CLI11 would, but for texts.
class Reading {
 public:
  Reading(const CLI::App& app, const Addressed& addressed)
      : command_(&app), given_(addressed.arguments), implied_(addressed.implied) {}

  std::vector<std::string> go() {
    for (; next_ < given_.size(); ++next_) read(given_[next_]);
    check_texts();
    if (!texts_.empty()) read_.emplace_back("--");
    for (const auto& text : texts_) read_.push_back(kText + text);
    std::ranges::reverse(read_);
    return read_;
  }

 private:
  void read(const std::string& argument) {
    if (!only_texts_ && argument == "--") {
      only_texts_ = true;
      marked_ = texts_.size();
    } else if (!only_texts_ && looks_like_option(argument)) {
      read_option(argument);
    } else if (const auto* command = subcommand(argument)) {
      command_ = command;
      read_.push_back(argument);
    } else {
      texts_.push_back(argument);
    }
  }

  const CLI::App* subcommand(const std::string& name) const {
    if (only_texts_ || !texts_.empty()) return nullptr;
    for (const auto* command : command_->get_subcommands({})) {
      if (command->get_name() == name) return command;
    }
    return nullptr;
  }

  /// The option with its value, as two arguments: "--negative=" is a value too.
  void read_option(const std::string& argument) {
    const bool is_long = argument[1] == '-';
    const auto equals = is_long ? argument.find('=') : std::string::npos;
    const auto name = is_long ? argument.substr(0, equals) : argument.substr(0, 2);
    const auto* option = command_->get_option_no_throw(name);
    if (!option || !option->nonpositional()) refuse_option(name);
    if (is_flag(*option)) return read_.push_back(argument);
    read_.push_back(name);
    if (equals != std::string::npos) {
      read_.push_back(argument.substr(equals + 1));
    } else if (!is_long && argument.size() > 2) {
      read_.push_back(argument.substr(argument[2] == '=' ? 3 : 2));
    } else if (next_ + 1 < given_.size()) {
      read_.push_back(given_[++next_]);
    } else {
      throw InputError(concat(name, ": expected a value behind it, got none; ", path_of(*command_),
                              " --help lists what it takes"));
    }
  }

  [[noreturn]] void refuse_option(const std::string& name) const {
    const auto path = implied_ ? command_->get_parent()->get_name() : path_of(*command_);
    auto text = concat(name, ": expected an option of ", path, ", got none of that name");
    const auto meant = option_meant(name);
    text += meant ? concat("; did you mean ", *meant, "? ") : "; ";
    const auto& whole = given_[next_];
    const bool may_be_text = !meant || (whole.size() > 2 && whole[1] != '-');
    if (may_be_text && next_ + 1 == given_.size() && texts_.empty() && draws(*command_)) {
      text += concat("a prompt that begins with a dash stands behind --: ", path, " -- ",
                     shell_word(whole), "; ");
    }
    throw InputError(concat(text, path_of(*command_), " --help lists them"));
  }

  std::optional<std::string> option_meant(const std::string& name) const {
    std::vector<std::string> known;
    const auto add = [&](const CLI::App& app) {
      for (const auto* option : app.get_options({})) {
        for (const auto& long_name : option->get_lnames()) known.push_back("--" + long_name);
      }
    };
    add(*command_);
    if (implied_) add(*command_->get_parent());
    const auto other = kOtherNames.find(name);
    if (other != kOtherNames.end() && std::ranges::count(known, other->second)) {
      return other->second;
    }
    if (!name.starts_with("--")) {  // a letter: that of a name
      const auto begins = [&](const std::string& long_name) {
        return long_name[2] == std::tolower(static_cast<unsigned char>(name[1]));
      };
      const auto found = std::ranges::find_if(known, begins);
      return found == known.end() ? std::nullopt : std::optional(*found);
    }
    for (auto& long_name : known) long_name.erase(0, 2);
    const auto meant = nearest(name.substr(2), known);
    return meant ? std::optional("--" + *meant) : std::nullopt;
  }

  void check_texts() const {
    const auto positionals = positionals_of(*command_);
    const bool many =
        std::ranges::any_of(positionals, [](const auto* option) { return takes_many(*option); });
    if (many && draws(*command_)) return check_prompts();
    if (many || texts_.size() <= positionals.size()) return;
    const auto path = path_of(*command_);
    if (!draws(*command_)) refuse_surplus(positionals.size());
    throw InputError(
        concat("expected one prompt, got ", texts_.size() - positionals.size() + 1,
               "; put the prompt in quotes: ", with_quotes(path, texts_, positionals.size() - 1)));
  }

  [[noreturn]] void refuse_surplus(std::size_t count) const {
    const auto& word = texts_[count];
    const auto path = path_of(*command_);
    const auto commands = names_of(*command_);
    const auto meant = nearest(word, commands);
    const char* expected = count > 0 ? "nothing more" : commands.empty() ? "options" : "a command";
    throw InputError(concat("expected ", expected, " behind ", path, ", got \"", word, '"',
                            meant ? concat("; did you mean ", path, ' ', *meant, "? ") : "; ", path,
                            " --help shows examples"));
  }

  /// Of several prompts each has a blank in it: words without are one prompt that lost its quotes.
  void check_prompts() const {
    const auto path = implied_ ? command_->get_parent()->get_name() : path_of(*command_);
    for (std::size_t i = 0; i < std::min(marked_, texts_.size()); ++i) {
      const auto& text = texts_[i];
      if (has_blank(text) || text.empty() || (texts_.size() == 1 && (!implied_ || text == "-"))) {
        continue;
      }
      check<InputError>(texts_.size() > 1, "expected a prompt of several words, got \"", text,
                        "\"; a prompt of one word: imagine generate ", shell_word(text));
      throw InputError(concat("expected several words in each prompt, got \"", text,
                              "\"; put the prompt in quotes: ", with_quotes(path, texts_, 0)));
    }
  }

  const CLI::App* command_;
  const std::vector<std::string>& given_;
  bool implied_;
  std::size_t next_ = 0;
  bool only_texts_ = false;
  std::size_t marked_ = std::string::npos;  // texts before the mark that ends options
  std::vector<std::string> texts_, read_;
};

}  // namespace

std::string path_of(const CLI::App& command) {
  const auto* parent = command.get_parent();
  return parent ? concat(path_of(*parent), ' ', command.get_name()) : command.get_name();
}

std::string shell_word(const std::string& text) {
  const auto is_plain = [](unsigned char c) {
    return c >= 0x80 || std::isalnum(c) ||
           std::string("-_./:,=+@%").find(char(c)) != std::string::npos;
  };
  if (!text.empty() && std::ranges::all_of(text, is_plain)) return text;
  if (text.find_first_of("\"$`\\!") == std::string::npos) return concat('"', text, '"');
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

void take_texts(CLI::App& app) {
  for (auto* command : app.get_subcommands({})) take_texts(*command);
  for (auto* option : app.get_options()) {
    if (option->get_positional()) {
      option->transform(CLI::Validator(
          [](std::string& text) {
            if (!text.empty() && text[0] == kText) text.erase(0, 1);
            return std::string();
          },
          ""));
    } else {
      option->allow_extra_args(false);  // a list is one argument
    }
  }
}

std::vector<std::string> read_arguments(const CLI::App& app, std::vector<std::string> arguments) {
  const auto addressed = with_command(app, std::move(arguments));
  return Reading(app, addressed).go();
}

std::string readable(std::string message) {
  if (message.starts_with(": ")) message.erase(0, 2);  // a hidden option has no name there
  std::erase(message, kText);
  return message;
}

}  // namespace imagine::cli
