// The kinds of lies, each with a file of its own name. Thread-safe: makes new objects.
#pragma once

#include <memory>

#include "tests/simulation/whole_node/liars/conspiracy.h"
#include "tests/simulation/whole_node/liars/lie.h"

namespace kimberlite::whole_node {

using LiePtr = std::unique_ptr<Lie>;

// What whoever is told cannot blame on the liar, or only with others' help.

/// equivocation.cc: shows some peers one block and the others another; conspirators support both.
LiePtr equivocation(Mouth& mouth, const Conspiracy& conspiracy);
/// double_votes.cc: votes that contradict one another.
LiePtr double_votes(Mouth& mouth);
/// withholding.cc: blocks of envelopes that only some are shown, the others later or never.
LiePtr withholding(Mouth& mouth);
/// selective_sending.cc: messages to some only, for a while.
LiePtr selective_sending(Mouth& mouth);
/// idleness.cc: no proposals.
LiePtr idleness(Mouth& mouth);
/// silence.cc: no answers.
LiePtr silence(Mouth& mouth);
/// replays.cc: old messages again, its own and those of others, also of earlier epochs.
LiePtr replays(Mouth& mouth);
/// claims.cc: what it says to know, and votes for views far ahead.
LiePtr claims(Mouth& mouth);
/// bad_proposals.cc: blocks that break a rule, and what others proposed passed on with other envelopes.
LiePtr bad_proposals(Mouth& mouth);
/// other_epochs.cc: messages of epochs that are over or have not begun.
LiePtr other_epochs(Mouth& mouth);
/// floods.cc: many requests at once.
LiePtr floods(Mouth& mouth);
/// bad_envelopes.cc: envelopes that no block may hold, or not both of them.
LiePtr bad_envelopes(Mouth& mouth);

// What ends the connection once it is read.

/// forgery.cc: signatures that do not hold, signers that did not sign.
LiePtr forgery(Mouth& mouth);
/// bad_certificates.cc: certificates that certify nothing.
LiePtr bad_certificates(Mouth& mouth);
/// false_ranges.cc: answers to nodes that catch up with other leaves, other peaks, too much or too little.
LiePtr false_ranges(Mouth& mouth);
/// false_blocks.cc: blocks with other envelopes than their records say.
LiePtr false_blocks(Mouth& mouth);
/// false_snapshots.cc: answers to nodes that join by a snapshot with another state, other epochs, other chunks, or
/// none.
LiePtr false_snapshots(Mouth& mouth);
/// false_checkpoints.cc: signatures on logs that do not exist.
LiePtr false_checkpoints(Mouth& mouth);
/// rubbish.cc: bytes that are no message.
LiePtr rubbish(Mouth& mouth);

}  // namespace kimberlite::whole_node
