#include "serve/http/header_value.h"

#include <gmock/gmock.h>

namespace imagine::serve {
namespace {

using testing::Pair;
using testing::UnorderedElementsAre;

TEST(HeaderValue, HasParametersBareAndQuoted) {
  const auto value =
      parsed_value(" Form-Data ; name=\"a;\\\"b\\\\\" ;Filename= x.png; lone; q=\"open");
  EXPECT_EQ(value.value, "form-data");
  EXPECT_THAT(value.parameters, UnorderedElementsAre(Pair("name", "a;\"b\\"),
                                                     Pair("Filename", "x.png"), Pair("q", "open")));
  EXPECT_EQ(value.parameters.count("FILENAME"), 1u);
  EXPECT_EQ(parsed_value("form-data; filename=\"C:\\dir\\a.png\"").parameters.at("filename"),
            "C:\\dir\\a.png");
  EXPECT_EQ(parsed_value("").value, "");
  EXPECT_TRUE(parsed_value(";;=;=x;").parameters.contains(""));
}

}  // namespace
}  // namespace imagine::serve
