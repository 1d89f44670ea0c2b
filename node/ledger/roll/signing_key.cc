#include "node/ledger/roll/signing_key.h"

#include <optional>
#include <utility>

#include "kimberlite/v1/state.pb.h"
#include "node/ledger/state_key.h"
#include "node/ledger/text.h"
#include "proto/civil_time.h"

namespace kimberlite::ledger {

Result<v1::KeyRecord> key_in_force(const Transaction& transaction, const PublicKey& key, std::string_view party,
                                   TimeMs now) {
  std::optional<v1::KeyRecord> record = transaction.load<v1::KeyRecord>(signing_key_key(key.view()));
  if (!record)
    return fail(Reason::UNKNOWN_KEY, "public_key", concat({"no key ", key.hex(), " is registered on this network"}));
  if (record->revoked_ms() != 0)
    return fail(
        Reason::KEY_REVOKED, "public_key",
        concat({"the key of ", record->party(), " was revoked at ", format_time(TimeMs{record->revoked_ms()})}));
  if (now.value < record->from_ms())
    return fail(Reason::KEY_NOT_YET_VALID, "public_key",
                concat({"the delegation begins at ", format_time(TimeMs{record->from_ms()}),
                        ", the ledger's clock stands at ", format_time(now)}));
  if (record->to_ms() != 0 && now.value >= record->to_ms())
    return fail(Reason::KEY_EXPIRED, "public_key",
                concat({"the delegation ended at ", format_time(TimeMs{record->to_ms()}),
                        ", the ledger's clock stands at ", format_time(now)}));
  if (record->party() != party)
    return fail(Reason::WRONG_PARTY, "participant",
                concat({"the key belongs to ", record->party(), ", the envelope names ", party}));
  return *std::move(record);
}

}  // namespace kimberlite::ledger
