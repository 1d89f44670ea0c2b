// The study's figures as a Markdown page and as a plot in SVG. Thread-safe: pure functions.
#pragma once

#include <string>
#include <vector>

#include "tests/simulation/wan/study.h"

namespace kimberlite::wan {

/// The most that the median may take without silent nodes, in one-way delays of the quorum-th farthest validator.
inline constexpr double kTargetDelays = 3.5;

/// A time in one-way delays of the quorum-th farthest validator.
double delays(const Figures& figures, std::int64_t time_ms);
/// One Markdown page: what was done, the command, the table.
std::string to_markdown(const std::vector<Figures>& all);
/// For each size of network one bar a number of silent nodes: median filled, p99 as a line above it; and the target.
std::string to_svg(const std::vector<Figures>& all);

}  // namespace kimberlite::wan
