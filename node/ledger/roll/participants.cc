#include "node/ledger/roll/participants.h"

#include <cstdint>
#include <limits>
#include <optional>

#include "kimberlite/v1/state.pb.h"
#include "node/ledger/state_key.h"

namespace kimberlite::ledger {

bool on_roll(const Context& context, std::string_view code) {
  const auto participant = context.transaction.load<v1::ParticipantRecord>(participant_key(code));
  return participant && participant->admitted_ms() <= context.now.value && participant->withdrawn_ms() == 0;
}

int receipt_policy(const Context& context, std::string_view importer) {
  int policy = v1::RECEIPT_POLICY_IMPORTER_THEN_AUTHORITY;
  const auto participant = context.transaction.load<v1::ParticipantRecord>(participant_key(importer));
  if (!participant) return policy;
  std::int64_t newest_ms = std::numeric_limits<std::int64_t>::min();
  for (const v1::DatedReceiptPolicy& dated : participant->receipt_policies()) {
    if (dated.from_ms() > context.now.value || dated.from_ms() < newest_ms) continue;
    newest_ms = dated.from_ms();
    policy = dated.policy();
  }
  return policy;
}

}  // namespace kimberlite::ledger
