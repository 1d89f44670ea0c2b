#include "proto/reason.h"

#include <array>
#include <cstddef>

#include "proto/assert.h"

namespace kimberlite {
namespace {

struct ReasonText {
  std::string_view name;
  std::string_view remedy;
};

constexpr auto kReasonTexts = std::to_array<ReasonText>({
#define KIMBERLITE_REASON_TEXT(name, remedy) {#name, remedy},
    KIMBERLITE_REASONS(KIMBERLITE_REASON_TEXT)
#undef KIMBERLITE_REASON_TEXT
});

const ReasonText& text_of(Reason reason) {
  const auto index = static_cast<std::size_t>(reason);
  KIMBERLITE_ASSERT(index < kReasonTexts.size(), "a reason of the list in proto/reason.h");
  return kReasonTexts[index];
}

}  // namespace

std::string_view reason_name(Reason reason) {
  return text_of(reason).name;
}

std::string_view reason_remedy(Reason reason) {
  return text_of(reason).remedy;
}

std::optional<Reason> reason_from_name(std::string_view name) {
  for (std::size_t index = 0; index < kReasonTexts.size(); ++index) {
    if (kReasonTexts[index].name == name) return static_cast<Reason>(index);
  }
  return std::nullopt;
}

}  // namespace kimberlite
