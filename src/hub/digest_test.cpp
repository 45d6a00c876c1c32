#include "hub/digest.h"

#include <gmock/gmock.h>

#include "io/temporary_folder.h"

namespace imagine::hub {
namespace {

std::string hash(DigestKind kind, const std::vector<std::string>& pieces) {
  std::size_t size = 0;
  for (const auto& piece : pieces) size += piece.size();
  Hasher hasher(kind, size);
  for (const auto& piece : pieces) hasher.add(piece);
  return hasher.finish().hex;
}

TEST(Digest,
     IsThatOfTheStandards) {  // FIPS 180-4's example; `printf hello | git hash-object --stdin`
  EXPECT_EQ(hash(DigestKind::sha256, {"abc"}),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hash(DigestKind::git_blob, {"hel", "", "lo"}),
            "b6fc4c620b67d95f953a5c1c1230aaab5db5a1b0");
}

TEST(Digest, OfAFileIsThatOfItsBytes) {
  const io::TemporaryFolder folder;
  const std::string content(3'000'000, 'x');
  io::write_file(folder / "a", content);
  EXPECT_EQ(digest_of(folder / "a", DigestKind::sha256).hex, hash(DigestKind::sha256, {content}));
  io::write_file(folder / "empty", "");
  EXPECT_EQ(digest_of(folder / "empty", DigestKind::git_blob).hex,
            "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391");
}

TEST(Digest, IsReadFromHexadecimalDigitsAlone) {
  EXPECT_EQ(digest_named(std::string(64, 'A'))->hex, std::string(64, 'a'));
  EXPECT_EQ(digest_named(std::string(40, '0'))->kind, DigestKind::git_blob);
  for (const auto& text : {std::string(63, 'a'), std::string(64, 'g'), std::string()}) {
    EXPECT_FALSE(digest_named(text)) << text;
  }
}

}  // namespace
}  // namespace imagine::hub
