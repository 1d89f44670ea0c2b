// Messages, inputs and actions as words for the trace, and as numbers for its hash. Thread-safe: pure functions.
#pragma once

#include <string>

#include "consensus/actions.h"

namespace kimberlite::simulation {

std::string describe(const Digest& digest);
std::string describe(const consensus::Vote& vote);
std::string describe(const consensus::Message& message);
std::string describe(const consensus::Input& input);
/// Everything but wake_at and the messages, which the trace shows where they are sent.
std::string describe(const consensus::Actions& actions);

/// A number that differs, in all likelihood, when an input differs.
std::uint64_t fingerprint(const consensus::Input& input);
std::uint64_t fingerprint(const consensus::Actions& actions);

}  // namespace kimberlite::simulation
