// What a deliberately broken node believes without looking. The linker puts functions that ask here in the place of the
// product's checks (signatures.cc, ranges.cc; CMakeLists.txt, --wrap). Not thread-safe.
#pragma once

#include <cstdint>
#include <utility>

namespace kimberlite::whole_node {

enum class Trust : std::uint8_t {
  kNothing,
  kSignatures,  ///< every signature holds
  kRanges,      ///< every stretch of the log belongs to it
};

/// While it lives, whoever runs trusts so far; then as before.
class Trusting {
 public:
  explicit Trusting(Trust what) : before_(std::exchange(now_, what)) {}
  ~Trusting() { now_ = before_; }
  Trusting(const Trusting&) = delete;
  Trusting& operator=(const Trusting&) = delete;

  [[nodiscard]] static bool in(Trust what) { return now_ == what; }

 private:
  inline static Trust now_{Trust::kNothing};
  Trust before_;
};

}  // namespace kimberlite::whole_node
