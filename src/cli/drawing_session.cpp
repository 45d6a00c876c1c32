#include "cli/drawing.h"
#include "cli/interrupt.h"
#include "cli/known_models.h"
#include "core/check.h"

namespace imagine::cli {
namespace {

/// How far several requests are together. Their pictures cost alike.
class SessionProgress {
 public:
  explicit SessionProgress(const std::vector<Request>& requests) : done_(requests.size()) {
    for (const auto& request : requests) pictures_ += request.count;
  }

  void update(std::size_t request, const Progress& now) {
    done_[request] = now.done * now.pictures;
    double done = 0;
    for (const double each : done_) done += each;
    const auto left = time_left(pace_.seconds_left(done, pictures_));
    line_.show(concat(now.size, " pixels  step ", now.step, "/", now.steps,
                      left.empty() ? "" : "  ", left, pictures_text()));
  }

  void note_cut(const CutPrompt& cut) {
    line_.note(concat("imagine: the text encoder reads ", cut.read, " of the ", cut.tokens,
                      " tokens of the prompt; what comes after them is not drawn"));
  }

  void note_picture() {
    ++finished_;
    line_.finish();
  }

 private:
  std::string pictures_text() const {
    return pictures_ > 1 ? concat("  ", finished_, " of ", pictures_, " pictures done")
                         : std::string();
  }

  std::vector<double> done_;  // of each request, in pictures
  int pictures_ = 0, finished_ = 0;
  ProgressLine line_;
  Pace pace_;
};

}  // namespace

DrawingSession::DrawingSession(const Drawing& drawing)
    : model_(Model::open(model_folder_of(drawing.model), drawing.computation.model)),
      engine_(drawing.computation.engine) {}

void DrawingSession::draw(const std::vector<Request>& requests,
                          const std::function<void(std::size_t request, Picture)>& on_picture) {
  SessionProgress progress(requests);  // told by one thread of the engine, one after the other
  Jobs jobs;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    jobs.add(engine_.submit(
        model_, requests[i],
        {.on_progress = [&progress, i](const Progress& now) { progress.update(i, now); },
         .on_picture =
             [&, i](Picture picture) {
               progress.note_picture();
               on_picture(i, std::move(picture));
             },
         .on_cut = [&progress](const CutPrompt& cut) { progress.note_cut(cut); }}));
  }
  jobs.wait([] { return !interrupted(); });
}

}  // namespace imagine::cli
