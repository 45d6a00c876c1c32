#include "train/encode_shards.h"

#include <set>

#include "core/check.h"
#include "data/web_shard.h"
#include "data/web_shard_names.h"
#include "io/folder_lock.h"
#include "io/json_file.h"
#include "io/tar.h"
#include "tensor/device.h"
#include "text/if_reading.h"
#include "train/text_rows.h"

namespace imagine::train {
namespace {

constexpr std::size_t kTogether = 1024;  // samples whose captions are encoded together

std::unique_ptr<text::TextEncoder> encoder_of(const EncodeOptions& options) {
  const bool as_if = options.reading == "deepfloyd_if";
  check<InputError>(as_if || options.reading == "plain",
                    "reading: expected plain or deepfloyd_if, got \"", options.reading, '"');
  auto encoder = text::load_text_encoder(options.text_encoder, torch::kFloat);
  return as_if ? text::read_as_if(std::move(encoder)) : std::move(encoder);
}

class Encoding {
 public:
  Encoding(const EncodeOptions& options, const OnEncoded& on_progress)
      : options_(options),
        on_progress_(on_progress),
        shards_(data::find_web_shards(options.shards)),
        encoder_(encoder_of(options)),
        identity_(encoder_->identity()) {
    encoder_->to(tensor::device_named(options.device));
    std::set<io::fs::path> names;
    for (const auto& shard : shards_) {
      check<InputError>(names.insert(shard.filename()).second, shard.string(),
                        ": expected shards of different names, got this one twice");
      check<InputError>(!io::fs::exists(target(shard)) || !io::fs::equivalent(shard, target(shard)),
                        "out: expected another folder than the shards', got ", options.out);
    }
    progress_.shards = std::ssize(shards_);
  }

  EncodeProgress go() {
    const io::FolderLock lock(options_.out);
    if (io::fs::exists(record())) encoded_ = io::read_json(record());
    check<FormatError>(encoded_.is_object(), record().string(), ": expected a JSON object, got ",
                       encoded_.type_name());
    for (const auto& shard : shards_) {
      if (!is_encoded(shard)) {
        encode(shard);
        encoded_[shard.filename().string()] = told(shard);
        io::write_json(record(), encoded_);
      }
      ++progress_.shard;
    }
    tell();
    return progress_;
  }

 private:
  io::fs::path target(const io::fs::path& shard) const {
    return io::fs::path(options_.out) / shard.filename();
  }

  /// Which shards the new ones were made of.
  io::fs::path record() const { return io::fs::path(options_.out) / "encoded.json"; }

  Json told(const io::fs::path& shard) const {
    return {{"bytes", io::fs::file_size(shard)},
            {"modified", io::fs::last_write_time(shard).time_since_epoch().count()},
            {"caption", options_.caption}};
  }

  /// Whether the new shard is there and was made of this one as it is now. One that we did not make
  /// is refused.
  bool is_encoded(const io::fs::path& shard) const {
    const auto made = target(shard);
    if (!io::fs::exists(made)) return false;
    const auto known = encoded_.find(shard.filename().string());
    const bool has_states = check_encoder(made);
    if (known != encoded_.end()) return *known == told(shard);
    check<InputError>(has_states, made.string(), ": expected no file, or one with states of ",
                      identity_, ", got a tar without; --out names another folder");
    return io::fs::last_write_time(made) >= io::fs::last_write_time(shard);
  }

  void tell() const {
    if (!on_progress_(progress_)) {
      throw Interrupted("stopped; the same command goes on with the shards that are missing");
    }
  }

  /// Whether a shard from before has states; ConfigError where the first are of another encoder.
  bool check_encoder(const io::fs::path& shard) const {
    std::vector<std::uint64_t> places;  // of that member, and of what follows it
    const auto end = io::walk_tar(shard, [&](const io::TarMember& member) {
      const bool is_text = member.name.ends_with(concat('.', TextMember::kName));
      if (places.empty() ? is_text : places.size() == 1) places.push_back(member.begin);
    });
    if (places.empty()) return false;
    places.push_back(end);
    io::read_tar_part(shard, places[0], places[1], [&](io::TarMember member) {
      const auto where = concat(shard.string(), ": ", member.name);
      const auto encoder = TextMember::parse(std::move(member.bytes), where).encoder;
      check<ConfigError>(encoder == identity_, where, ": expected states of ", identity_, ", got ",
                         encoder, "; --out names another folder");
    });
    return true;
  }

  void encode(const io::fs::path& shard) {
    io::TarWriter tar(target(shard));
    std::vector<data::WebSample> samples;
    data::read_web_shard(
        shard,
        [&](data::WebSample sample) {
          samples.push_back(std::move(sample));
          if (samples.size() == kTogether) write(std::exchange(samples, {}), shard, tar);
        },
        [&](const data::UnusableSample& unusable) { note(progress_.without, unusable); });
    write(std::move(samples), shard, tar);
    tar.finish();
  }

  /// The captions of the sample; none where they cannot be used.
  std::vector<std::string> captions_of(const data::WebSample& sample, const io::fs::path& shard) {
    try {
      return data::captions_of(sample, options_.caption, concat(shard.string(), ": ", sample.stem));
    } catch (const data::UnusableSample& unusable) {
      note(progress_.without, unusable);
      return {};
    }
  }

  void write(std::vector<data::WebSample> samples, const io::fs::path& shard, io::TarWriter& tar) {
    std::vector<std::string> captions;
    std::vector<std::size_t> ends;  // of each sample's captions
    for (const auto& sample : samples) {
      for (auto& caption : captions_of(sample, shard)) captions.push_back(std::move(caption));
      ends.push_back(captions.size());
    }
    const auto before = progress_.captions;
    const auto rows = encode_rows(captions, *encoder_, [&](int64_t done, int64_t) {
      progress_.captions = before + done;
      tell();
      return true;
    });
    progress_.captions = before + std::ssize(captions);
    std::size_t begin = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
      auto& [stem, members, links] = samples[i];
      if (ends[i] > begin) {
        const TextMember text{
            .encoder = identity_,
            .rows = {rows.begin() + std::ptrdiff_t(begin), rows.begin() + std::ptrdiff_t(ends[i])}};
        members[TextMember::kName] = text.bytes();
      }
      for (const auto& [extension, bytes] : members) {
        tar.add(concat(stem, '.', extension), bytes);
      }
      begin = ends[i];
    }
  }

  const EncodeOptions& options_;
  const OnEncoded& on_progress_;
  std::vector<io::fs::path> shards_;
  std::unique_ptr<text::TextEncoder> encoder_;
  std::string identity_;
  Json encoded_ = Json::object();
  EncodeProgress progress_;
};

}  // namespace

EncodeProgress encode_shards(const EncodeOptions& options, const OnEncoded& on_progress) {
  return Encoding(options, on_progress).go();
}

}  // namespace imagine::train
