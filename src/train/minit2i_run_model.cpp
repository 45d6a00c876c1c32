#include <sstream>

#include "core/check.h"
#include "io/json_file.h"
#include "io/sibling_folder.h"
#include "models/minit2i/layout.h"
#include "train/model_training.h"
#include "train/run_model.h"

namespace imagine::train {
namespace {

class MiniT2iRunModel : public RunModel {
 public:
  explicit MiniT2iRunModel(const TrainConfig& config)
      : config_(config), folder_(io::fs::path(config.out) / "model") {
    const bool free =
        !io::fs::exists(folder_) || models::is_minit2i_folder(folder_) || io::fs::is_empty(folder_);
    check<ConfigError>(free, folder_.string(), ": expected nothing, or the model of this run, got ",
                       "others' files; `out` names another folder");
  }

  void update(int64_t views) const override {
    const auto stage = io::fs::path(config_.out) / "stage";
    if (!io::fs::exists(stage / "model.safetensors")) return;
    if (models::is_minit2i_folder(folder_)) {
      models::write_minit2i_network(stage, folder_);
    } else {
      const io::SiblingFolder complete(folder_, "train");
      models::write_minit2i(stage, complete.path(), {.num_inference_steps = config_.minit2i.n_T});
      copy_text_encoder(config_.text_encoder, complete.path() / "text_encoder");
      io::rename_folder(complete.path(), folder_);
    }
    io::write_file(folder_ / "README.md", card(views));
  }

 private:
  std::string card(int64_t views) const {
    std::ostringstream card;
    const auto start = config_.start_from.empty() ? std::string("new weights")
                                                  : concat("`", config_.start_from, "`");
    card << "# " << io::fs::absolute(config_.out).lexically_normal().filename().string()
         << "\n\nMade by `imagine train`, a network of MiniT2I's kind.\n\n| part | from "
            "|\n|---|---|\n"
         << "| transformer | trained on " << views << " pictures, from " << start << " |\n"
         << "| text_encoder | `" << config_.text_encoder << "` |\n";
    return card.str();
  }

  TrainConfig config_;
  io::fs::path folder_;
};

}  // namespace

std::unique_ptr<RunModel> minit2i_run_model(const TrainConfig& config) {
  return std::make_unique<MiniT2iRunModel>(config);
}

}  // namespace imagine::train
