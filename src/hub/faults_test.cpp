// What goes wrong between here and the hub, each fault once.

#include <algorithm>
#include <atomic>
#include <csignal>
#include <sys/resource.h>

#include "hub/hub_fixture.h"

namespace imagine::hub {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class Faults : public HubTest {
 protected:
  /// The store's answer to its n-th request, from 0, is what `change` makes of the usual one.
  void change_store(const std::function<void(int n, const FakeRequest&, FakeReply&)>& change) {
    tiny();
    hub.before = [this, change,
                  n = 0](const FakeRequest& request) mutable -> std::optional<FakeReply> {
      if (request.server != "store") return std::nullopt;
      auto reply = FakeHub::stored(request, large());
      change(n++, request, reply);
      return reply;
    };
  }

  std::vector<std::string> ranges() const {
    std::vector<std::string> result;
    for (const auto& request : hub.log()) {
      if (request.server == "store") result.push_back(request.header("range"));
    }
    return result;
  }

  void expect_whole() {
    EXPECT_EQ(text("sub/weights.gguf"), large());
    EXPECT_TRUE(is_pulled(folder / "to"));
  }

  /// The bytes were right the first time: the hash had nothing to mend.
  void expect_whole_at_once() {
    expect_whole();
    EXPECT_THAT(notes, Not(Contains(HasSubstr("its hash is wrong"))));
  }

  void expect_nothing() const { EXPECT_FALSE(exists("sub/weights.gguf")); }
};

TEST_F(Faults, ABrokenConnectionIsContinuedWhereItEnded) {
  change_store([](int n, const FakeRequest&, FakeReply& reply) {
    if (n < 2) reply.cut_after = 100'000;
  });
  pull();
  expect_whole_at_once();
  EXPECT_EQ(ranges(), (std::vector<std::string>{"", "bytes=100000-299999", "bytes=200000-299999"}));
}

TEST_F(Faults, AConnectionThatAlwaysBreaksIsGivenUp) {
  change_store([](int, const FakeRequest&, FakeReply& reply) { reply.cut_after = 0; });
  EXPECT_THAT(refusal<NetworkError>(), HasSubstr(hub.store_url()));
  EXPECT_EQ(hub.count("store"), 6);
  expect_nothing();
}

TEST_F(Faults, SilenceIsAFailure) {
  change_store([](int n, const FakeRequest&, FakeReply& reply) { reply.silent = n == 0; });
  pull();
  expect_whole_at_once();
}

TEST_F(Faults, ABodyThatEndsTooSoonWithoutAWordIsContinued) {
  change_store([](int n, const FakeRequest&, FakeReply& reply) {
    if (n > 0) return;
    reply.body.resize(1000);
    reply.without_length = true;
  });
  pull();
  expect_whole_at_once();
}

TEST_F(Faults, AWrongHashIsFetchedOnceMoreAndThenRefused) {
  change_store([](int n, const FakeRequest&, FakeReply& reply) {
    if (n == 0) reply.body[5] ^= 1;
  });
  pull();
  expect_whole();
  EXPECT_THAT(notes, Contains(HasSubstr("its hash is wrong")));
  io::fs::remove_all(folder / "to");
  change_store([](int, const FakeRequest&, FakeReply& reply) { reply.body[5] ^= 1; });
  EXPECT_THAT(refusal<FormatError>(), AllOf(HasSubstr("expected SHA-256 " + sha256_of(large())),
                                            HasSubstr("got SHA-256 "), HasSubstr("twice")));
  expect_nothing();
  EXPECT_FALSE(exists(concat(".imagine-parts/", sha256_of(large()), ".part")));
}

TEST_F(Faults, AWrongSmallFileIsRefused) {
  tiny();
  hub.before = [](const FakeRequest& request) -> std::optional<FakeReply> {
    if (!request.asks("resolve-cache") || request.method == "HEAD") return std::nullopt;
    return FakeReply{.body = "{\"a\": 9}\n"};
  };
  EXPECT_THAT(refusal<FormatError>(), HasSubstr("expected git's SHA-1"));
  EXPECT_FALSE(exists("config.json"));
}

TEST_F(Faults, AServerThatIgnoresRangesIsReadFromTheStart) {
  change_store([this](int n, const FakeRequest&, FakeReply& reply) {
    if (n == 0) reply.cut_after = 100'000;
    if (n > 0) reply = {.body = large()};
  });
  pull();
  expect_whole_at_once();
}

TEST_F(Faults, ARangeThatIsAnotherOneIsNotTaken) {
  for (const std::string range : {"bytes 0-299999/300000", "bytes 99999-299999/300000",
                                  "bytes 100000-299999/400000", "nonsense", ""}) {
    io::fs::remove_all(folder / "to");
    change_store([&](int n, const FakeRequest& request, FakeReply& reply) {
      if (n == 0) reply.cut_after = 100'000;
      if (request.header("range").empty()) return;
      reply = {.status = 206, .headers = {{"Content-Range", range}}, .body = large()};
    });
    pull();
    expect_whole_at_once();
  }
}

TEST_F(Faults, ARangeThatHoldsTheWholeFileIsNotTaken) {
  change_store([this](int n, const FakeRequest& request, FakeReply& reply) {
    if (n == 0) reply.cut_after = 100'000;
    if (!request.header("range").empty()) reply.body = large();
  });
  pull();
  expect_whole_at_once();
}

TEST_F(Faults, ARangeThatCannotBeIsAskedForAsAWhole) {
  change_store([](int n, const FakeRequest& request, FakeReply& reply) {
    if (n == 0) reply.cut_after = 100'000;
    if (!request.header("range").empty()) reply = {.status = 416};
  });
  pull();
  expect_whole_at_once();
}

TEST_F(Faults, ABodyOfAnotherLengthIsRefused) {
  change_store([](int, const FakeRequest&, FakeReply& reply) { reply.body += "more"; });
  EXPECT_THAT(refusal<ResourceError>(), HasSubstr("expected a body of 300000 bytes"));
  expect_nothing();
}

TEST_F(Faults, AnAddressThatHasEndedIsAskedForAnew) {
  for (const int status : {400, 401, 403, 410}) {
    io::fs::remove_all(folder / "to");
    const auto resolved = hub.count("hub", "/resolve/");
    change_store([&](int n, const FakeRequest&, FakeReply& reply) {
      if (n == 0) reply.cut_after = 100'000;
      if (n == 1) reply = {.status = status, .headers = {}, .body = "<Error>expired</Error>"};
    });
    pull();
    expect_whole_at_once();
    EXPECT_EQ(hub.count("hub", "/resolve/") - resolved, 3);  // the small file, and twice this one
    EXPECT_EQ(ranges().back(), "bytes=100000-299999");
  }
}

TEST_F(Faults, AStoreThatRefusesForGoodIsNamed) {
  change_store([](int, const FakeRequest&, FakeReply& reply) { reply = {.status = 403}; });
  EXPECT_THAT(refusal<ResourceError>(),
              AllOf(HasSubstr("status 403 from 127.0.0.1"), Not(HasSubstr("Signature"))));
  EXPECT_EQ(hub.count("store"), 3);
}

TEST_F(Faults, ABusyServerIsWaitedFor) {
  tiny();
  std::atomic<int> left = 3;
  hub.before = [&](const FakeRequest& request) -> std::optional<FakeReply> {
    if (request.server == "foreign" || left <= 0) return std::nullopt;
    --left;
    return FakeReply{.status = left == 1 ? 500 : 503};
  };
  pull();
  expect_whole_at_once();
}

TEST_F(Faults, AServerThatFailsForEverIsGivenUp) {
  tiny();
  hub.before = [](const FakeRequest&) -> std::optional<FakeReply> {
    return FakeReply{.status = 500, .headers = {{"X-Error-Message", "on fire"}}};
  };
  EXPECT_THAT(refusal<ResourceError>(), AllOf(HasSubstr("status 500"), HasSubstr("on fire")));
  EXPECT_EQ(hub.log().size(), 6U);
}

TEST_F(Faults, TheStoreMayBeBusyToo) {
  change_store([](int n, const FakeRequest&, FakeReply& reply) {
    if (n < 2) reply = {.status = n == 0 ? 429 : 502};
  });
  pull();
  expect_whole_at_once();
}

/// Seconds that a pull takes where the first answer is a 429 with these headers.
class Limits : public Faults {
 protected:
  double seconds_with(const std::vector<std::pair<std::string, std::string>>& headers) {
    tiny();
    hub.before = [headers, done = false](const FakeRequest&) mutable -> std::optional<FakeReply> {
      if (std::exchange(done, true)) return std::nullopt;
      return FakeReply{.status = 429, .headers = headers};
    };
    const auto begin = std::chrono::steady_clock::now();
    pull();
    expect_whole();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }
};

TEST_F(Limits, AreWaitedForAsLongAsTheHubAsks) {
  EXPECT_GE(seconds_with({{"RateLimit", "\"resolvers\";r=0;t=1"}}), 1);
}

TEST_F(Limits, AreWaitedForAsLongAsRetryAfterSays) {
  EXPECT_GE(seconds_with({{"RateLimit", "\"api\";r=5;t=100"}, {"Retry-After", "1"}}), 1);
}

TEST_F(Limits, ThatADateSaysAreWaitedForAsUsual) {
  EXPECT_LT(seconds_with({{"Retry-After", "Fri, 31 Dec 2100 23:59:59 GMT"}}), 1);
}

TEST_F(Limits, OfHoursAreNotWaitedFor) {
  tiny();
  hub.before = [](const FakeRequest&) -> std::optional<FakeReply> {
    return FakeReply{.status = 429, .headers = {{"RateLimit", "\"api\";r=0;t=7200"}}};
  };
  EXPECT_THAT(refusal<ResourceError>(), AllOf(HasSubstr("429"), HasSubstr("7200 s")));
  EXPECT_EQ(hub.log().size(), 1U);
}

TEST_F(Faults, AHeaderThatContradictsTheListingIsRefused) {
  tiny();
  hub.before = [this](const FakeRequest& request) -> std::optional<FakeReply> {
    if (!request.asks("/resolve/") || !request.asks("weights")) return std::nullopt;
    return FakeReply{.status = 302,
                     .headers = {{"X-Repo-Commit", "x"},
                                 {"X-Linked-Etag", "\"" + std::string(64, 'b') + "\""},
                                 {"X-Linked-Size", "300000"},
                                 {"Location", hub.store_url() + "/x"}}};
  };
  EXPECT_THAT(refusal<FormatError>(), HasSubstr("as listed, got a file of SHA-256 bbbb"));
  EXPECT_EQ(hub.count("store"), 0);
}

TEST_F(Faults, AFullDiskIsNamedAndWhatIsThereStays) {
  tiny();
  rlimit before{};
  ::getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 100'000, .rlim_max = before.rlim_max};
  ::setrlimit(RLIMIT_FSIZE, &small);
  const auto told = refusal<ResourceError>();
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(told, HasSubstr(".part: cannot write: "));
  expect_nothing();
  pull();
  expect_whole_at_once();
  EXPECT_EQ(ranges().back(), "bytes=100000-299999");
}

}  // namespace
}  // namespace imagine::hub
