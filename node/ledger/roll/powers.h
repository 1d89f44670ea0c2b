// What a key may do: the two levels of keys (scheme, section 3). Thread-safe: pure.
#pragma once

#include <string>
#include <string_view>

#include "proto/error.h"

namespace kimberlite::v1 {
class KeyRecord;
}

namespace kimberlite::ledger {

/// A participant's authority.
bool is_root_key(const v1::KeyRecord& key);
/// A body delegated to issue, void, ship, expire, correct, replace, report lost, close a return.
bool is_exporting_body(const v1::KeyRecord& key);
/// A body delegated to arrive, confirm, supplement, hold, refuse, seize, issue technical certificates, report.
bool is_importing_body(const v1::KeyRecord& key);

/// SIGNER_NOT_AUTHORISED unless the key is an exporting body's.
Result<void> require_exporting_body(const v1::KeyRecord& key);
/// SIGNER_NOT_AUTHORISED unless the key is an importing body's.
Result<void> require_importing_body(const v1::KeyRecord& key);
/// SIGNER_NOT_AUTHORISED unless the key is a participant's root key.
Result<void> require_root(const v1::KeyRecord& key);
/// SIGNER_NOT_AUTHORISED unless `body`, the code that an event states, is the body that signs.
Result<void> require_own_body(const v1::KeyRecord& key, std::string_view body);

/// "EC body EC-BE-ANTWERP", "BW root key": for the sentences of refusals.
std::string describe_signer(const v1::KeyRecord& key);

}  // namespace kimberlite::ledger
