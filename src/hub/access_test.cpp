// Who is let in, who is told what, and who must not know the token.

#include "hub/hub_fixture.h"

namespace imagine::hub {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class Access : public HubTest {
 protected:
  void answer_with(int status, const std::string& code, const std::string& message) {
    hub.before = [=](const FakeRequest&) -> std::optional<FakeReply> {
      FakeReply reply{.status = status, .headers = {}, .body = "{\"error\":\"" + message + "\"}"};
      if (!code.empty()) reply.headers.emplace_back("X-Error-Code", code);
      return reply;
    };
  }

  /// No secret at any other place than the hub.
  void expect_no_leak() const {
    for (const auto& request : hub.log()) {
      if (request.server == "hub") continue;
      for (const auto& [name, value] : request.headers) {
        EXPECT_THAT(value, Not(HasSubstr("hf_secret"))) << request.server << ' ' << name;
      }
      EXPECT_EQ(request.header("authorization") + request.header("cookie"), "");
    }
  }
};

TEST_F(Access, SendsTheTokenToTheHubAlone) {
  environment["HF_TOKEN"] = "hf_secret";
  tiny();
  pull();
  for (const auto& request : hub.log()) {
    EXPECT_EQ(request.header("authorization"), request.server == "hub" ? "Bearer hf_secret" : "")
        << request.target;
    EXPECT_EQ(request.header("accept-encoding"), "identity");
    EXPECT_THAT(request.header("user-agent"), HasSubstr("imagine/"));
  }
  EXPECT_EQ(hub.count("store"), 1);
  expect_no_leak();
}

TEST_F(Access, SendsTheTokenToNoHostThatAPageNames) {
  environment["HF_TOKEN"] = "hf_secret";
  tiny();
  hub.before = [this](const FakeRequest& request) -> std::optional<FakeReply> {
    if (!request.asks("/tree/")) return std::nullopt;
    return FakeReply{.headers = {{"Link", "<" + hub.foreign_url() + "/next>; rel=\"next\""}},
                     .body = "[]"};
  };
  EXPECT_THAT(refusal<ResourceError>(), HasSubstr("expected its pages on 127.0.0.1"));
  EXPECT_EQ(hub.count("foreign"), 0);
}

TEST_F(Access, SendsTheTokenToNoHostThatARedirectNames) {
  environment["HF_TOKEN"] = "hf_secret";
  tiny();
  std::string part;
  hub.before = [&](const FakeRequest& request) -> std::optional<FakeReply> {
    if (request.server != "hub" || !request.asks(part)) return std::nullopt;
    return FakeReply{.status = 308, .headers = {{"Location", hub.foreign_url() + "/elsewhere"}}};
  };
  for (const auto* each : {"/revision/", "/tree/", "/resolve/"}) {
    part = each;
    EXPECT_THAT(refusal<ResourceError>(), HasSubstr("expected the answer of a model hub")) << part;
  }
  expect_no_leak();
}

TEST_F(Access, FollowsTheStoreWithoutTheToken) {
  environment["HF_TOKEN"] = "hf_secret";
  tiny();
  hub.before = [this](const FakeRequest& request) -> std::optional<FakeReply> {
    if (request.server == "foreign") return FakeHub::stored(request, large());
    if (request.server != "store") return std::nullopt;
    return FakeReply{.status = 302, .headers = {{"Location", hub.foreign_url() + "/bytes"}}};
  };
  pull();
  EXPECT_EQ(hub.count("foreign"), 1);
  expect_no_leak();
}

TEST_F(Access, FollowsARenamedRepositoryWithTheToken) {
  environment["HF_TOKEN"] = "hf_secret";
  auto& renamed = tiny("new/name");
  renamed.gated = true;
  renamed.accepted = "hf_secret";
  hub.before = [](const FakeRequest& request) -> std::optional<FakeReply> {
    const auto at = request.target.find("old/name");
    if (at == request.target.npos) return std::nullopt;
    auto target = request.target;
    target.replace(at, 8, "new/name");
    return FakeReply{.status = 307, .headers = {{"Location", target}}};
  };
  pull("old/name");
  EXPECT_EQ(text("sub/weights.gguf"), large());
}

TEST_F(Access, KnowsTheHubByAnyHopThatNamesACommit) {
  tiny();
  hub.before = [](const FakeRequest& request) -> std::optional<FakeReply> {
    if (!request.asks("resolve-cache")) return std::nullopt;
    return FakeReply{.body = "{\"a\": 1}\n"};  // no header of the hub's
  };
  pull();
  EXPECT_TRUE(exists("config.json"));
}

TEST_F(Access, KeepsItsConnections) {
  auto& files = tiny().files;
  for (int i = 0; i < 10; ++i) {
    files[concat("small", i)] = {.content = concat(i)};
    files[concat("large", i, ".gguf")] = {.content = noise_bytes(1000, 10 + i), .large = true};
  }
  pull();
  EXPECT_EQ(hub.connections(), 2);  // the hub's and the store's
}

TEST_F(Access, EndsACircle) {
  tiny();
  hub.before = [](const FakeRequest& request) -> std::optional<FakeReply> {
    if (!request.asks("/resolve/")) return std::nullopt;
    return FakeReply{.status = 302, .headers = {{"Location", request.target}}};
  };
  EXPECT_THAT(refusal<ResourceError>(), HasSubstr("at most 20 redirects"));
}

TEST_F(Access, RefusesAStrangersPage) {
  tiny();
  hub.before = [](const FakeRequest&) -> std::optional<FakeReply> {
    return FakeReply{.body = "<html>Sign in to this network</html>"};
  };
  EXPECT_THAT(refusal<ResourceError>(), AllOf(HasSubstr("sign-in page"), HasSubstr("HF_ENDPOINT")));
  hub.before = [](const FakeRequest& request) -> std::optional<FakeReply> {
    if (!request.asks("/resolve/")) return std::nullopt;
    return FakeReply{.body = "<html>Sign in to this network</html>"};
  };
  EXPECT_THAT(refusal<ResourceError>(), HasSubstr("sign-in page"));
  EXPECT_FALSE(exists("config.json"));
}

TEST_F(Access, SaysHowAGatedModelIsHad) {
  auto& repository = tiny();
  repository.gated = true;
  repository.accepted = "hf_secret";
  EXPECT_THAT(refusal<InputError>(),
              AllOf(HasSubstr("accept it on " + hub.url() + "/tiny/model"), HasSubstr("HF_TOKEN")));
  environment["HF_TOKEN"] = "hf_other";
  EXPECT_THAT(refusal<InputError>(),
              AllOf(HasSubstr("licence this account has accepted"), HasSubstr("HF_TOKEN's token")));
  environment["HF_TOKEN"] = "hf_secret";
  pull();
  EXPECT_EQ(text("sub/weights.gguf"), large());
}

TEST_F(Access, SaysThatAModelIsMissingOrPrivate) {
  EXPECT_THAT(refusal<InputError>(), AllOf(HasSubstr("or a private one"), HasSubstr("HF_TOKEN")));
  environment["HF_TOKEN"] = "hf_secret";
  EXPECT_THAT(refusal<InputError>(), HasSubstr("the account of HF_TOKEN's token"));
  EXPECT_EQ(hub.log().size(), 2U);  // nothing is tried twice
}

TEST_F(Access, SaysWhatEachRefusalMeans) {
  environment["HF_TOKEN"] = "hf_secret";
  answer_with(401, "", "Invalid credentials in Authorization header");
  EXPECT_THAT(refusal<InputError>(), AllOf(HasSubstr("expected a token that is valid"),
                                           HasSubstr("HF_TOKEN"), Not(HasSubstr("hf_secret"))));
  answer_with(403, "", "Access to this resource is disabled.");
  EXPECT_THAT(refusal<InputError>(), HasSubstr("taken down"));
  answer_with(403, "", "your token lacks a scope");
  EXPECT_THAT(refusal<InputError>(),
              AllOf(HasSubstr("your token lacks a scope"), HasSubstr("may lack the permission")));
  answer_with(401, "", "");
  EXPECT_THAT(refusal<InputError>(), HasSubstr("none of that name"));
  answer_with(404, "RevisionNotFound", "");
  EXPECT_THAT(refusal<InputError>("tiny/model@v2"), HasSubstr("got \"v2\""));
  answer_with(404, "", "");
  EXPECT_THAT(refusal<InputError>(), HasSubstr("404"));
  answer_with(418, "", "a \\u001b[31mteapot");
  EXPECT_THAT(refusal<ResourceError>(),
              AllOf(HasSubstr("418"), HasSubstr("teapot"), Not(HasSubstr("\x1b"))));
}

TEST_F(Access, SaysWhichFileIsGone) {
  tiny();
  hub.before = [](const FakeRequest& request) -> std::optional<FakeReply> {
    if (!request.asks("/resolve/")) return std::nullopt;
    return FakeReply{.status = 404, .headers = {{"X-Error-Code", "EntryNotFound"}}};
  };
  EXPECT_THAT(refusal<InputError>(), HasSubstr("config.json: expected this file at 0123456789"));
}

TEST_F(Access, GoesThroughAProxyUnlessTheHostNeedsNone) {
  tiny();
  FakeServer proxy("proxy", [this](const FakeRequest& request) -> FakeReply {
    EXPECT_THAT(request.target, testing::StartsWith(hub.url()));
    return {.status = 418};
  });
  environment["HTTP_PROXY"] = proxy.url();
  EXPECT_THAT(refusal<ResourceError>(), HasSubstr("418"));
  EXPECT_TRUE(hub.log().empty());
  ::setenv("NO_PROXY", "127.0.0.1", 1);
  pull();
  ::unsetenv("NO_PROXY");
  EXPECT_EQ(text("sub/weights.gguf"), large());
}

TEST_F(Access, SaysThatTheMachineIsOffline) {
  environment["HF_ENDPOINT"] = "http://127.0.0.1:1";  // where nobody listens
  EXPECT_THAT(refusal<NetworkError>(), AllOf(HasSubstr("127.0.0.1:1"), HasSubstr("online?")));
}

}  // namespace
}  // namespace imagine::hub
