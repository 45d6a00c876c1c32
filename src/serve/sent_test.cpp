#include "serve/sent.h"

#include <gmock/gmock.h>

#include "core/base64.h"

namespace imagine::serve {
namespace {

using testing::ElementsAre;

struct Inner {
  std::string innerText = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("innerText", self.innerText, "a text");
  }
};

struct Fields {
  std::string text = "none";
  std::optional<std::int64_t> whole = {};
  double number = 0.5;
  bool flag = false;
  std::vector<SentPicture> image = {};
  std::vector<Inner> inner = {};
  Json any = {};

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("text", self.text, "a text");
    field("whole", self.whole, "a whole number");
    field("number", self.number, "a number");
    field("flag", self.flag, "true or false");
    field("image", self.image, "pictures");
    field("inner", self.inner, "objects");
    field("any", self.any, "anything");
  }
};

HttpRequest json_request(const std::string& body) {
  HttpRequest request;
  request.headers.emplace("Content-Type", "application/json");
  request.body = body;
  return request;
}

HttpRequest form_request(const std::vector<std::pair<std::string, std::string>>& parts) {
  HttpRequest request;
  request.headers.emplace("Content-Type", "multipart/form-data; boundary=b");
  for (const auto& [name, content] : parts) {
    request.body +=
        "--b\r\nContent-Disposition: form-data; name=\"" + name + "\"\r\n\r\n" + content + "\r\n";
  }
  request.body += "--b--\r\n";
  return request;
}

TEST(Sent, ReadsJsonAsItIs) {
  const auto fields = sent_as<Fields>(json_request(
      R"({"text":"a","whole":3.0,"number":2,"flag":true,"inner":[{"innerText":"b"},{"inner_text":"c"}],
          "any":[1],"unknown":7})"));
  EXPECT_EQ(fields.text, "a");
  EXPECT_EQ(fields.whole, 3);
  EXPECT_EQ(fields.number, 2);
  EXPECT_TRUE(fields.flag);
  ASSERT_EQ(fields.inner.size(), 2u);
  EXPECT_EQ(fields.inner[1].innerText, "c");
  EXPECT_EQ(fields.any, Json::array({1}));
  EXPECT_EQ(sent_as<Fields>(json_request(R"({"text":null})")).text, "none");
  EXPECT_EQ(sent_as<Fields>(json_request(R"({"inner":{"innerText":"b"}})")).inner.size(), 1u);
}

TEST(Sent, OfAFormFlagsAreWrittenInManyWays) {
  for (const auto* yes : {"true", "True", "TRUE", "1"}) {
    EXPECT_TRUE(sent_as<Fields>(form_request({{"flag", yes}})).flag) << yes;
  }
  for (const auto* no : {"false", "False", "0"}) {
    EXPECT_FALSE(sent_as<Fields>(form_request({{"flag", no}})).flag) << no;
  }
  EXPECT_THROW(sent_as<Fields>(form_request({{"flag", "yes please"}})), Problem);
  EXPECT_THROW(sent_as<Fields>(json_request(R"({"flag":"true"})")), Problem);
}

TEST(Sent, OfAFormAFileNeedsNoName) {
  HttpRequest request;
  request.headers.emplace("Content-Type", "multipart/form-data; boundary=b");
  request.body =
      "--b\r\nContent-Disposition: form-data; name=\"image\"\r\nContent-Type: image/png\r\n\r\n"
      "\x89PNG\r\n--b\r\nContent-Disposition: form-data; name=\"image\"; filename=\"\"\r\n"
      "Content-Type: application/octet-stream\r\n\r\n\r\n--b--\r\n";
  const auto fields = sent_as<Fields>(request);
  ASSERT_GE(fields.image.size(), 1u);
  EXPECT_EQ(fields.image[0].bytes, "\x89PNG");
  EXPECT_EQ(fields.image.size(), 1u) << "a field in which no file was chosen is missing";
}

TEST(Sent, ReadsAFormsTexts) {
  const auto fields = sent_as<Fields>(form_request({{"whole", "3"},
                                                    {"number", "0.25"},
                                                    {"flag", "true"},
                                                    {"inner[innerText]", "b"},
                                                    {"text", "a b"}}));
  EXPECT_EQ(fields.whole, 3);
  EXPECT_EQ(fields.number, 0.25);
  EXPECT_TRUE(fields.flag);
  EXPECT_EQ(fields.text, "a b");
  EXPECT_EQ(fields.inner.at(0).innerText, "b");
}

TEST(Sent, TakesBase64OfAnyKind) {
  const std::string bytes = "\xfb\xff\xfe?";
  for (const std::string letters :
       {"+//+Pw==", "-__-Pw==", "-__-Pw", "data:image/png;base64,+//+Pw=="}) {
    const auto fields = sent_as<Fields>(json_request(R"({"image":")" + letters + "\"}"));
    ASSERT_EQ(fields.image.size(), 1u);
    EXPECT_EQ(fields.image[0].bytes, bytes) << letters;
  }
}

TEST(Sent, NamesWhatIsWrong) {
  const auto field_of = [](const std::string& json) -> std::string {
    try {
      sent_as<Fields>(json_request(json));
    } catch (const Problem& problem) {
      EXPECT_EQ(problem.status(), 400);
      return problem.field();
    }
    return "nothing";
  };
  EXPECT_EQ(field_of(R"({"text":7})"), "text");
  EXPECT_EQ(field_of(R"({"whole":"7"})"), "whole");  // which a form may say
  EXPECT_EQ(field_of(R"({"whole":7.5})"), "whole");
  EXPECT_EQ(field_of(R"({"whole":1e300})"), "whole");
  EXPECT_EQ(field_of(R"({"flag":"true"})"), "flag");
  EXPECT_EQ(field_of(R"({"image":["AAAA","%"]})"), "image[1]");
  EXPECT_EQ(field_of(R"({"image":"http://a.example/b.png"})"), "image");
  EXPECT_EQ(field_of(R"({"image":""})"), "image");
  EXPECT_EQ(field_of(R"({"inner":[{},{"innerText":1}]})"), "inner[1].innerText");
  EXPECT_EQ(field_of(R"({"inner":[7]})"), "inner[0]");
}

}  // namespace
}  // namespace imagine::serve
