#include "node/ledger/roll/dated_register.h"

#include <optional>

#include "kimberlite/v1/state.pb.h"
#include "node/ledger/state_key.h"

namespace kimberlite::ledger {
namespace {

std::optional<std::string> holder_now(const Context& context, std::string_view key) {
  const auto dated = context.transaction.load<v1::DatedRegister>(key);
  if (!dated) return std::nullopt;
  for (const v1::DatedHolder& holder : dated->holders()) {
    const bool begun = holder.from_ms() <= context.now.value;
    const bool ended = holder.to_ms() != 0 && context.now.value >= holder.to_ms();
    if (begun && !ended) return holder.participant();
  }
  return std::nullopt;
}

}  // namespace

std::string prefix_holder(const Context& context, std::string_view number) {
  return holder_now(context, prefix_key(number.substr(0, number.find('-')))).value_or("");
}

std::string territory_holder(const Context& context, std::string_view territory) {
  return holder_now(context, territory_key(territory)).value_or(std::string(territory));
}

}  // namespace kimberlite::ledger
