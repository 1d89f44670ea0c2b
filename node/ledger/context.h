// What the rule of one event may look at: the state with the envelope's own writes, the rules' clock, who signs, and
// the network's parameters. Handlers return the first failing guard; they may have written by then, because a refusal
// discards the whole transaction. Not thread-safe: one envelope, one thread.
#pragma once

#include <string_view>

#include "node/ledger/transaction.h"
#include "proto/types.h"

namespace kimberlite {
struct Digest;
namespace v1 {
class KeyRecord;
class NetworkRecord;
}  // namespace v1
}  // namespace kimberlite

namespace kimberlite::ledger {

struct Context {
  Transaction& transaction;
  const v1::NetworkRecord& network;
  const v1::KeyRecord& signer;  ///< in force at `now`, of the party that the envelope names
  const Digest& envelope_id;
  TimeMs now;                   ///< the rules' time: moved by clock.advance, otherwise fixed for the envelope
  Epoch epoch;                  ///< in which the block is voted on
  std::string_view event_name;  ///< dotted, e.g. "cert.ship"
};

}  // namespace kimberlite::ledger
