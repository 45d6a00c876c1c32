/// What a model hub answers: pages of files, links, hashes, refusals; and the record of a pull.
#include <cstddef>
#include <cstdint>
#include <string>

#include "attempt.h"
#include "core/check.h"
#include "hub/digest.h"
#include "hub/listing.h"
#include "hub/record.h"
#include "hub/refusal.h"
#include "io/temporary_folder.h"

using imagine::attempt;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace hub = imagine::hub;
  static const imagine::io::TemporaryFolder folder;
  const std::string text(reinterpret_cast<const char*>(data), size);
  attempt([&] {
    hub::Listing listing;
    hub::add_page(text, "f", listing);
  });
  hub::next_page(text);
  hub::digest_named(text);
  attempt([&] { hub::parse_source(text); });
  attempt([&] { hub::Url("https://hub.example/a/b?c", "f").at(text); });
  hub::Answer answer{.status = 403, .text = text};
  attempt([&] { hub::refuse(answer, {.repository = "a/b"}, {.endpoint = "https://hub.example"}); });
  answer.headers["x-error-message"] = text, answer.headers["content-length"] = text;
  hub::told_by(answer);
  answer.count("content-length");
  imagine::io::write_file(folder / ".imagine-pull.json", text);
  hub::Record::read(folder.path());
  return 0;
}
