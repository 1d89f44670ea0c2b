// Expected failures as values: a stable reason, the field or file it is about, and a sentence.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "proto/reason.h"

namespace kimberlite {

/// Why something was refused or failed. Thread-safe: a plain value.
struct Error {
  Reason reason{};
  std::string field;    ///< path of the field, file or link at fault; may be empty
  std::string message;  ///< what was expected and what was found; the remedy is reason_remedy(reason)

  /// "REASON field: message. Remedy." for people.
  [[nodiscard]] std::string to_string() const;
};

template <typename T>
using Result = std::expected<T, Error>;

/// Shorthand for returning an Error from a function that returns Result.
inline std::unexpected<Error> fail(Reason reason, std::string field, std::string message) {
  return std::unexpected(Error{reason, std::move(field), std::move(message)});
}

}  // namespace kimberlite
