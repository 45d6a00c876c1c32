/// Ctrl-C as a question that long work asks.
#pragma once

namespace imagine::cli {

/// From now on SIGINT and SIGTERM end nothing: they make interrupted() true. A second one ends the
/// program at once.
void watch_interrupts();

bool interrupted();

}  // namespace imagine::cli
