#include "serve/metrics.h"

#include <fstream>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include "core/names.h"
#include "imagine/version.h"

namespace imagine::serve {
namespace {

const prometheus::Histogram::BucketBoundaries kSeconds = {0.01, 0.05, 0.1, 0.25, 0.5, 1,   2.5,
                                                          5,    10,   30,  60,   120, 300, 600};

/// Of this process, in bytes; 0 where the system does not say.
double resident_memory() {
  std::ifstream file("/proc/self/statm");
  double all = 0, resident = 0;
  file >> all >> resident;
  return resident * double(sysconf(_SC_PAGESIZE));
}

template <class Builder>
auto& family(prometheus::Registry& registry, Builder builder, const char* name, const char* help) {
  return builder.Name(name).Help(help).Register(registry);
}

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;

  prometheus::Family<prometheus::Counter>& requests =
      family(registry, prometheus::BuildCounter(), "imagine_requests_total",
             "Requests by dialect and status");
  prometheus::Family<prometheus::Histogram>& request_seconds =
      family(registry, prometheus::BuildHistogram(), "imagine_request_seconds",
             "From a request to the beginning of its answer");
  prometheus::Family<prometheus::Counter>& jobs_over = family(
      registry, prometheus::BuildCounter(), "imagine_jobs_total", "Jobs by what became of them");
  prometheus::Counter& pictures = family(registry, prometheus::BuildCounter(),
                                         "imagine_pictures_total", "Pictures that were drawn")
                                      .Add({});
  prometheus::Histogram& waited = family(registry, prometheus::BuildHistogram(),
                                         "imagine_queue_seconds", "How long jobs waited")
                                      .Add({}, kSeconds);
  prometheus::Histogram& drew = family(registry, prometheus::BuildHistogram(),
                                       "imagine_drawing_seconds", "How long jobs were drawn")
                                    .Add({}, kSeconds);
  prometheus::Family<prometheus::Gauge>& jobs =
      family(registry, prometheus::BuildGauge(), "imagine_jobs", "Jobs that wait or run");
  prometheus::Gauge& queued = jobs.Add({{"state", "queued"}});
  prometheus::Gauge& running = jobs.Add({{"state", "running"}});
  prometheus::Gauge& open = family(registry, prometheus::BuildGauge(), "imagine_open_requests",
                                   "Requests that await their answer")
                                .Add({});
  prometheus::Gauge& pace =
      family(registry, prometheus::BuildGauge(), "imagine_seconds_per_picture",
             "Of late, jobs drawn together counted as one after the other")
          .Add({});
  prometheus::Gauge& memory = family(registry, prometheus::BuildGauge(),
                                     "process_resident_memory_bytes", "Memory of the process")
                                  .Add({});
};

Metrics::Metrics() : state_(std::make_unique<State>()) {
  family(state_->registry, prometheus::BuildGauge(), "imagine_info", "What runs")
      .Add({{"version", kVersion}})
      .Set(1);
}

Metrics::~Metrics() = default;

void Metrics::note_request(const std::string& dialect, int status, double seconds) {
  state_->requests.Add({{"dialect", dialect}, {"status", std::to_string(status)}}).Increment();
  state_->request_seconds.Add({{"dialect", dialect}}, kSeconds).Observe(seconds);
}

void Metrics::note_job(const JobTimes& job) {
  state_->jobs_over.Add({{"status", name_of(job.status)}}).Increment();
  state_->pictures.Increment(job.pictures);
  state_->waited.Observe(job.waited);
  if (job.status == JobStatus::succeeded) state_->drew.Observe(job.drew);
}

std::string Metrics::text(const Board::Load& load, std::size_t open_requests) {
  state_->queued.Set(double(load.queued));
  state_->running.Set(double(load.running));
  state_->open.Set(double(open_requests));
  state_->pace.Set(load.seconds_per_picture);
  state_->memory.Set(resident_memory());
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace imagine::serve
