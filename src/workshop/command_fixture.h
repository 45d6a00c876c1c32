/// Runs `imagine` in a test's process and keeps what it prints.
#pragma once

#include <algorithm>
#include <gmock/gmock.h>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "io/temporary_folder.h"
#include "models/tiny_model.h"
#include "workshop/command.h"

namespace imagine::workshop {

struct Outcome {
  int code;
  std::string out;
  std::string err;
};

/// Takes what is printed to a stream for as long as it lives.
class Captured {
 public:
  explicit Captured(std::ostream& stream) : stream_(stream), before_(stream.rdbuf(text_.rdbuf())) {}
  ~Captured() { stream_.rdbuf(before_); }
  std::string text() const { return text_.str(); }

 private:
  std::ostream& stream_;
  std::ostringstream text_;
  std::streambuf* before_;
};

inline Outcome imagine(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "imagine");
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  const Captured out(std::cout), err(std::cerr);
  const int code = run(int(argv.size()), argv.data(), program());
  return {code, out.text(), err.text()};
}

class Command : public testing::Test {
 protected:
  /// `imagine generate` with the tiny model, into the test's folder.
  Outcome generate(std::vector<std::string> arguments) const {
    const std::vector<std::string> common = {
        "generate", "--model", model_.path().string(), "-o", file(), "--dtype", "fp32"};
    arguments.insert(arguments.begin(), common.begin(), common.end());
    return imagine(arguments);
  }

  /// One line that names `what`, this exit code, and no file left.
  void expect_refusal(const Outcome& outcome, int code, const std::string& what) const {
    EXPECT_EQ(outcome.code, code) << outcome.err;
    EXPECT_THAT(outcome.err,
                testing::AllOf(testing::StartsWith("imagine: "), testing::HasSubstr(what)));
    EXPECT_EQ(std::ranges::count(outcome.err, '\n'), 1) << outcome.err;
    EXPECT_EQ(outcome.out, "");
    EXPECT_THAT(folder_.names(), testing::IsEmpty());
  }

  std::string file() const { return (folder_ / "out.png").string(); }
  io::fs::path weights() const { return model_.path() / "base" / "model.safetensors"; }

  models::TinyModel model_;
  io::TemporaryFolder folder_;
};

}  // namespace imagine::workshop
