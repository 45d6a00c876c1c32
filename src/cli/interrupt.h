/// Ctrl-C as a question that long work asks.
#pragma once

namespace imagine::cli {

/// From now on SIGINT, SIGTERM and, unless it was ignored, SIGHUP (the terminal is closed) end
/// nothing: they make interrupted() true. A second one ends the
/// program at once.
void watch_interrupts();

bool interrupted();

}  // namespace imagine::cli
