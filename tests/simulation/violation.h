// How a search or a simulated run says that something which must hold did not. Thread-safe: a plain value.
#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace kimberlite::simulation {

/// A property was broken: its name ("S1") and what was seen. Ends the run.
struct Violation : std::runtime_error {
  Violation(std::string property_name, const std::string& what)
      : std::runtime_error(property_name + ": " + what), property(std::move(property_name)) {}
  std::string property;
};

}  // namespace kimberlite::simulation
