/// The parts of an evaluation. Each draws what it needs and adds its results and figures.
#pragma once

#include <vector>

#include "evaluate/evaluation.h"
#include "evaluate/exam.h"
#include "evaluate/examples.h"

namespace imagine::evaluate {

/// Sheets of small pictures: so many in a row, each so many pixels wide.
inline constexpr int kSheetColumns = 8, kSheetCell = 128;

/// What all chapters work with. Tensors and lists are empty where there is no such data.
struct Desk {
  const EvaluationOptions& options;
  Contestant model;
  Panel panel;
  Examples real_scenes{}, real_objects{};  ///< never seen by the model
  Examples training{};                     ///< what the model was trained on, at 32 pixels
  Examples training_scenes{};              ///< its scenes, for answering by the nearest caption
  Examples large{};                        ///< held back, 256 pixels
  std::vector<std::string> prompts{};      ///< of somebody's own, for a sheet
  Tensor made{};                           ///< [N, 3, S, S] bytes: pictures of real captions
  Tensor never_made{};                     ///< [2 N, 3, S, S] bytes: real ones, as innocent
};

/// CompScore with its controls, by task and language; the marks, for a comparison.
std::vector<Mark> add_composition(Desk& desk, Report& report);
/// The same prompts drawn by another model.
void add_comparison(Desk& desk, const Contestant& other, const std::vector<Mark>& marks,
                    Report& report);
/// How many pictures the chapters below draw.
int count_things(const Desk& desk);
int count_captions(const Desk& desk);
int count_enlarged(const Desk& desk);

/// Recall of single things among a hundred.
void add_things(Desk& desk, Report& report);
/// Pictures of real captions: distances between them and real pictures in three spaces.
void add_distances(Desk& desk, Report& report);
/// How many of them are copies of the training, and the closest pairs.
void add_copies(Desk& desk, Report& report);
/// Two bodies, each in a region with words of its own, by each method and by words alone.
int count_regions(const Desk& desk);
void add_regions(Desk& desk, Report& report);
/// Whether a word's weight tells how much a picture shows of it.
int count_weights(const Desk& desk);
void add_weights(Desk& desk, Report& report);
/// Real scenes that control is taken from, those with labels and bodies that words can name.
std::vector<int64_t> control_scenes(const Desk& desk);
/// How many pictures one of the three below draws that compares so many ways.
int count_controlled(const Desk& desk, int ways);
/// Bodies in the boxes of real scenes, told by boxes, silhouettes, depth and words alone.
void add_layout(Desk& desk, Report& report);
/// The edges of real scenes, told as such, as a sketch, and not at all.
void add_lines(Desk& desk, Report& report);
/// The colours of real scenes on other grounds, told and not.
void add_palettes(Desk& desk, Report& report);
/// Super-resolution of real pictures.
void add_enlargement(Desk& desk, Report& report);
/// One picture of each of somebody's own prompts, as large as the model draws them by itself.
void add_sheet(Desk& desk, Report& report);
/// CompScore against steps and guidance.
void add_curves(Desk& desk, Report& report);

}  // namespace imagine::evaluate
