// Random events that make sense often enough: a Choice is a handful of numbers (drawn and shrunk by RapidCheck, or by a
// fixed sequence), and with the world's state it names one signer and one event. Mostly the right body moves a
// certificate along its life; the rest are wrong signers, wrong states, wrong amounts.
#pragma once

#include <array>
#include <cstdint>

#include "kimberlite/v1/event.pb.h"
#include "tests/unit/ledger/invariants.h"
#include "tests/unit/ledger/ledger_world.h"

namespace kimberlite::ledger::test {

/// Numbers below kChoiceMax, one for each decision.
using Choice = std::array<std::uint32_t, 6>;
inline constexpr std::uint32_t kChoiceMax = 1000;

struct Attempted {
  Signer signer;
  v1::Event event;
  int days_later = 0;  ///< how far block time moves before
};

/// The event of a choice in this world.
Attempted attempt(const World& world, const Choice& choice);
/// The same, but always about this certificate, by its own state.
Attempted attempt_on(const World& world, const std::string& number, const Choice& choice);

/// Takes one step in the world.
Step take_step(World& world, const Attempted& attempted);

}  // namespace kimberlite::ledger::test
