#include "hub/job.h"

#include <algorithm>

#include "core/check.h"
#include "hub/cache.h"
#include "hub/selection.h"

namespace imagine::hub {
namespace {

namespace fs = io::fs;

constexpr auto kParts = ".imagine-parts";

/// Where a listing came from.
struct Found {
  Listing listing;
  bool from_cache = false;
};

Found listing_of(Client& client, const Source& source, Job& job) {
  const auto& settings = client.settings();
  const auto place =
      concat(settings.cache.string(), ": ", source.repository, " at ", source.revision);
  if (!settings.offline.empty()) {
    auto cached = cached_listing(settings.cache, source);
    check<InputError>(cached.has_value(), place, ": expected it in this cache, since ",
                      settings.offline, " forbids requests; it is not there");
    return {*std::move(cached), true};
  }
  try {
    return {list_files(client, source), false};
  } catch (const NetworkError& failure) {
    auto cached = failure.reached() ? std::nullopt : cached_listing(settings.cache, source);
    if (!cached) throw;
    job.notes.push_back(concat(failure.what(), "; taking what is in ", settings.cache.string()));
    return {*std::move(cached), true};
  }
}

bool is_recorded(const FileRecord& entry, const Chosen& chosen, const fs::path& place) {
  std::error_code missing;
  return entry.hub_digest == chosen.file.digest.hex && entry.tensors == chosen.tensors &&
         fs::file_size(place, missing) == entry.size && !missing;
}

/// Whether the file is there whole; InputError where another one is in its place.
bool is_here(Job& job, const Record& record, const Chosen& chosen, const FileRecord& adopted) {
  const auto place = job.folder / chosen.path;
  std::error_code missing;
  const auto entry = record.files.find(chosen.path);
  if (entry != record.files.end() && is_recorded(entry->second, chosen, place)) return true;
  if (!fs::exists(place, missing)) return false;
  const auto& file = chosen.file;
  if (fs::file_size(place, missing) == file.size && !missing &&
      digest_of(place, file.digest.kind) == file.digest) {
    job.adopted.push_back(adopted);
    job.adopted_paths.push_back(chosen.path);
    return true;
  }
  check<InputError>(entry != record.files.end(), place.string(), ": expected no file or that of ",
                    adopted.repository, " (", shown(file.digest),
                    "), got another one; move it, or choose another folder with --to");
  return false;
}

ReadRange remote_reader(RemoteFile& file) {
  return [&file](Range range, const Take& take) { file.read(range, take); };
}

ReadRange local_reader(const fs::path& path) {
  return [path](Range range, const Take& take) {
    const io::MappedFile file(path);
    const auto bytes = file.bytes().subspan(range.begin, range.size());
    take({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  };
}

/// Which part of the file to take; none where the whole is better.
void plan_tensors(Client& client, Target& target, Job& job) {
  const auto& file = target.file;
  const SliceOrigin origin{
      .where = concat(client.settings().endpoint, '/', target.repository, ": ", file.path),
      .size = file.size,
      .provenance =
          concat(target.repository, '@', target.commit, ' ', file.path, ' ', shown(file.digest))};
  if (target.cached && digest_of(*target.cached, file.digest.kind) != file.digest) {
    target.cached.reset();  // a cut download, say
  }
  RemoteFile remote(client, {target.repository, target.commit, file.path}, file);
  check<InputError>(target.cached || client.settings().offline.empty(), origin.where,
                    ": expected it in the cache of other programs, where ",
                    client.settings().offline, " forbids requests; it is not there, or damaged");
  const auto read = target.cached ? local_reader(*target.cached) : remote_reader(remote);
  auto slice = plan_slice(read, origin, target.tensors);
  if (!remote.takes_ranges() || is_better_whole(slice, file.size)) return;
  job.notes.push_back(concat("of ", file.path, " only ", slice.tensors, " of ", slice.all_tensors,
                             " tensors, ", shown_bytes(slice.size()), " of ",
                             shown_bytes(file.size)));
  target.slice = std::move(slice);
}

void add_part(Client& client, const Part& part, const Record& record, Job& job) {
  const auto source = parse_source(part.source);
  const auto found = listing_of(client, source, job);
  const auto where = concat(client.settings().endpoint, '/', source.repository, " at ",
                            found.listing.commit.substr(0, 12));
  const auto selection = select(found.listing, part, where);
  for (const auto& path : selection.left_out) {
    job.notes.push_back(concat(path, " is left out: not read here"));
  }
  job.files += selection.files.size();
  for (const auto& chosen : selection.files) {
    const auto& file = chosen.file;
    const FileRecord as_whole{.repository = source.repository,
                              .commit = found.listing.commit,
                              .path = file.path,
                              .hub_digest = file.digest.hex,
                              .tensors = chosen.tensors,
                              .size = file.size,
                              .digest = file.digest.hex};
    if (is_here(job, record, chosen, as_whole)) continue;
    Target target{.place = job.folder / chosen.path,
                  .parts = job.folder / kParts,
                  .repository = source.repository,
                  .commit = found.listing.commit,
                  .file = file,
                  .tensors = chosen.tensors,
                  .cached = cached_file(client.settings().cache, source.repository, file)};
    if (!target.tensors.empty()) plan_tensors(client, target, job);
    job.missing.push_back(std::move(target));
  }
}

/// Whether the folder holds what an earlier pull of these repositories left, whole.
bool is_pulled_before(const Model& model, const fs::path& folder, const Record& record) {
  return is_pulled(folder) && std::ranges::all_of(model.parts, [&](const Part& part) {
           const auto source = parse_source(part.source);
           return std::ranges::any_of(record.files, [&](const auto& entry) {
             return entry.second.repository == source.repository;
           });
         });
}

}  // namespace

std::uint64_t Job::left() const {
  std::uint64_t sum = 0;
  for (const auto& target : missing) {
    std::error_code none;
    const auto part = fs::file_size(target.part(), none);
    sum += target.size() - (none ? 0 : std::min(target.size(), std::uint64_t(part)));
  }
  return sum;
}

Job plan_job(Client& client, const Model& model, const fs::path& folder) {
  Job job{.model = model, .folder = folder};
  const auto record = Record::read(folder);
  const auto kept = [&](const Error& error) {
    job = {.model = model, .folder = folder};
    job.files = record.files.size();
    job.notes.push_back(concat(error.what(), "; what was pulled before is whole"));
  };
  try {
    for (const auto& part : model.parts) add_part(client, part, record, job);
  } catch (const NetworkError& error) {
    if (error.reached() || !is_pulled_before(model, folder, record)) throw;
    kept(error);
  } catch (const InputError& error) {
    if (client.settings().offline.empty() || !is_pulled_before(model, folder, record)) throw;
    kept(error);
  }
  return job;
}

void look_again(Job& job) {
  const auto record = Record::read(job.folder);
  std::erase_if(job.missing, [&](const Target& target) {
    const auto entry =
        record.files.find(target.place.lexically_relative(job.folder).generic_string());
    return entry != record.files.end() &&
           is_recorded(entry->second, {.file = target.file, .path = {}, .tensors = target.tensors},
                       target.place);
  });
}

}  // namespace imagine::hub
