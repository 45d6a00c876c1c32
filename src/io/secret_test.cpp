#include "io/secret.h"

#include <gtest/gtest.h>

#include "imagine/error.h"
#include "io/temporary_folder.h"

namespace imagine::io {
namespace {

TEST(KeyedHash, IsHmacSha256) {  // RFC 4231, test cases 1, 2 and 6
  EXPECT_EQ(keyed_hash(std::string(20, '\x0b'), "Hi There"),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(keyed_hash("Jefe", "what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(keyed_hash(std::string(131, '\xaa'),
                       "Test Using Larger Than Block-Size Key - Hash Key First"),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(KeptSecret, IsRandomAndStays) {
  const TemporaryFolder folder;
  const auto first = kept_secret(folder / "a");
  EXPECT_EQ(first.size(), 32u);
  EXPECT_EQ(kept_secret(folder / "a"), first);
  EXPECT_NE(kept_secret(folder / "b"), first);
  EXPECT_EQ(folder.names().size(), 2u);
  EXPECT_EQ(fs::status(folder / "a").permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST(KeptSecret, WhatOthersMayKnowIsReplaced) {
  const TemporaryFolder folder;
  const auto path = folder / "a";
  const auto first = kept_secret(path);
  fs::permissions(path, fs::perms::group_read, fs::perm_options::add);
  const auto second = kept_secret(path);
  EXPECT_NE(second, first);
  write_file(path, "short");
  EXPECT_NE(kept_secret(path), second);
  fs::remove(path);
  write_file(folder / "elsewhere", std::string(32, 'x'));
  fs::permissions(folder / "elsewhere", fs::perms::owner_read);
  fs::create_symlink(folder / "elsewhere", path);
  EXPECT_NE(kept_secret(path), std::string(32, 'x'));
  EXPECT_EQ(read_file(folder / "elsewhere"), std::string(32, 'x'));
  EXPECT_THROW(kept_secret(folder / "nowhere/a"), ResourceError);
}

}  // namespace
}  // namespace imagine::io
