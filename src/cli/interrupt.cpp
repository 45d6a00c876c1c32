#include "cli/interrupt.h"

#include <csignal>
#include <initializer_list>

namespace imagine::cli {
namespace {

volatile std::sig_atomic_t stop_requested = 0;

extern "C" void request_stop(int signal) {
  stop_requested = 1;
  std::signal(signal, SIG_DFL);
}

}  // namespace

void watch_interrupts() {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    const bool is_ignored = std::signal(signal, request_stop) == SIG_IGN;
    if (is_ignored) std::signal(signal, SIG_IGN);  // as nohup wants it
  }
}

bool interrupted() { return stop_requested != 0; }

}  // namespace imagine::cli
