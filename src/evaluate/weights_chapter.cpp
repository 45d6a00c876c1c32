#include <algorithm>
#include <array>

#include <torch/utils.h>

#include "core/random.h"
#include "evaluate/chapters.h"
#include "evaluate/conv_block.h"
#include "evaluate/series.h"
#include "tensor/pixels.h"
#include "viz/grid.h"

namespace imagine::evaluate {
namespace {

constexpr std::array kWeights = {0.5, 0.71, 1.0, 1.41, 2.0};
constexpr int kOfAll = 4;            // a quarter of the pictures of other chapters, at each weight
constexpr double kTolerance = 0.05;  // of what judges believe
constexpr int kShown = 4;            // prompts of each kind on the sheet

/// What is weighed.
enum class Weighed { colour, body };
constexpr std::array kWeighed = {Weighed::colour, Weighed::body};

std::string_view name_of(Weighed weighed) {
  return weighed == Weighed::colour ? "a colour" : "a body";
}

/// Words before, the weighed ones, words after, and the body that they ask for.
struct Sentence {
  std::string before, weighed, after;
  Asked body;

  std::string text() const { return before + weighed + after; }
};

Asked random_body(Random& random) {
  return {.shape = std::string(random.pick(data::shapes()).singular.english),
          .colour = std::string(random.pick(data::colours()).english)};
}

/// What is weighed has rivals, as nearly all pictures show what has none: "a RED blue cube", and
/// the last of three bodies.
std::vector<Sentence> sentences_of(Weighed weighed, int count, std::uint64_t seed) {
  Random random(seed, name_of(weighed));
  std::vector<Sentence> sentences;
  while (std::ssize(sentences) < count) {
    const std::array bodies = {random_body(random), random_body(random), random_body(random)};
    const auto phrase = [&](std::size_t i) {
      return phrase_of(bodies[i], data::Language::english);
    };
    const auto differ = [&](std::size_t i, std::size_t k) {
      return bodies[i].shape != bodies[k].shape && bodies[i].colour != bodies[k].colour;
    };
    if (!differ(0, 1) || !differ(0, 2) || !differ(1, 2)) continue;
    if (weighed == Weighed::colour) {
      const auto coloured = phrase(0);
      const auto article = coloured.substr(0, coloured.find(' ') + 1);
      sentences.push_back({article, bodies[0].colour,
                           concat(" ", bodies[1].colour, " ", bodies[0].shape), bodies[0]});
    } else {
      sentences.push_back({concat(phrase(0), ", ", phrase(1)), " and " + phrase(2), "", bodies[2]});
    }
  }
  return sentences;
}

Request request_of(const Sentence& sentence, double weight) {
  const Clause clause{
      .parts = {{sentence.before, 1}, {sentence.weighed, weight}, {sentence.after, 1}}};
  Request request{.prompt = sentence.text()};
  request.wording = {{.from = 0, .clauses = {clause}}};
  std::erase_if(request.wording->front().clauses.front().parts,
                [](const WeightedText& part) { return part.text.empty(); });
  return request;
}

/// How sure a judge is, in the cell where it is surest, that there is such a body.
double belief_of(const Verdict& verdict, const Asked& body) {
  const auto chance = [](const Tensor& logits, const auto& names, const std::string& name) {
    const auto index = std::ranges::find(names, name) - names.begin();
    return logits.softmax(1).select(1, index);
  };
  std::vector<std::string> shapes, colours;
  for (const auto& shape : data::shapes()) shapes.emplace_back(shape.singular.english);
  for (const auto& colour : data::colours()) colours.emplace_back(colour.english);
  const auto here = verdict.middle.sigmoid() * chance(verdict.shape, shapes, body.shape) *
                    chance(verdict.colour, colours, body.colour);
  return here.max().item<double>();
}

/// The mean over judges.
double belief_of(Panel& panel, const Image& picture, const Asked& body) {
  const torch::NoGradGuard no_grad;
  const auto pixels = tensor::to_pixels({picture});
  double sum = 0;
  for (auto& judge : panel.judges) {
    sum += belief_of(judge(fitted(pixels, judge->config.size)), body);
  }
  return sum / double(panel.judges.size());
}

struct Figures {
  std::vector<Image> images;
  std::vector<std::string> captions;
};

Json series_of(Desk& desk, Weighed weighed, Figures& shown) {
  const auto count = count_weights(desk) / int(kWeighed.size() * kWeights.size());
  const auto sentences = sentences_of(weighed, count, desk.options.prompt_seed);
  std::array<MeanShare, kWeights.size()> believed, seen;
  Share rising;
  for (std::size_t i = 0; i < sentences.size(); ++i) {
    std::vector<double> beliefs;
    for (std::size_t k = 0; k < kWeights.size(); ++k) {
      auto request = request_of(sentences[i], kWeights[k]);
      request.seed = i, request.size = desk.model.size;
      const auto picture = desk.model.paint(request);
      beliefs.push_back(belief_of(desk.panel, picture, sentences[i].body));
      believed[k].add(beliefs.back());
      const auto shows_it = [&](const std::vector<Found>& found) {
        return std::ranges::any_of(
            found, [&](const Found& body) { return fits(sentences[i].body, body); });
      };
      seen[k].add(agreeing(bodies_in(desk.panel, picture), shows_it));
      if (i >= std::size_t(kShown)) continue;
      shown.images.push_back(picture);
      shown.captions.push_back(concat(kWeights[k], " x \"", sentences[i].weighed, "\" in \"",
                                      sentences[i].text(), "\""));
    }
    rising.add(rises(beliefs, kTolerance));
  }
  Json points = Json::array();
  std::vector<double> weights(kWeights.begin(), kWeights.end()), means;
  for (std::size_t k = 0; k < kWeights.size(); ++k) {
    means.push_back(believed[k].estimate().value);
    points.push_back({{"weight", kWeights[k]},
                      {"believed", means.back()},
                      {"shown", json_of(seen[k].estimate())}});
  }
  return {{"weighed", name_of(weighed)},
          {"pictures", sentences.size()},
          {"points", std::move(points)},
          {"rank_correlation", rank_correlation(weights, means)},
          {"rising", json_of(rising)}};
}

}  // namespace

int count_weights(const Desk& desk) {
  const int each = desk.options.control == 0 ? 0 : std::max(1, desk.options.control / kOfAll);
  return each * int(kWeighed.size() * kWeights.size());
}

void add_weights(Desk& desk, Report& report) {
  Figures shown;
  Json series = Json::array();
  for (const auto weighed : kWeighed) series.push_back(series_of(desk, weighed, shown));
  report.results["weights"] = {{"tolerance", kTolerance}, {"series", std::move(series)}};
  report.figures.push_back(
      {"weights", "The first prompts of each kind, each at five weights, not picked",
       viz::labelled_sheet(shown.images, shown.captions, int(kWeights.size()), kSheetCell)});
}

}  // namespace imagine::evaluate
