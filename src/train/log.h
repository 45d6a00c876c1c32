/// The record of a run: one JSON object a line, and the loss as a curve.
#pragma once

#include <vector>

#include "io/file.h"

namespace imagine::train {

struct LogEntry {
  int64_t update = 0;
  int64_t views = 0;
  double seconds = 0;
  double loss = 0;
  double held_out_loss = 0;  ///< of the averaged weights; 0 where it was not measured
  double learning_rate = 0;
  double images_per_second = 0;

  template <class Self, class Visitor>
  static void fields(Self& self, Visitor&& field) {
    field("update", self.update, "updates made");
    field("views", self.views, "pictures seen");
    field("seconds", self.seconds, "training time so far");
    field("loss", self.loss, "mean since the last entry");
    field("held_out_loss", self.held_out_loss,
          "averaged weights on held-out pictures; not there where it was not measured");
    field("learning_rate", self.learning_rate, "at this update");
    field("images_per_second", self.images_per_second, "since the last entry");
  }
};

class Log {
 public:
  /// Opens FOLDER/log.jsonl and forgets entries beyond `update`: a resumed run writes them again.
  Log(const io::fs::path& folder, int64_t update);

  void add(const LogEntry& entry);
  /// Writes FOLDER/loss.svg: loss and held-out loss against views.
  void draw() const;

 private:
  io::fs::path folder_;
  std::vector<LogEntry> entries_;
};

}  // namespace imagine::train
