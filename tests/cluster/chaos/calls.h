// Single calls to nodes, recorded for the checker with the times between which they took effect: what is asked by the
// load, and by faults and the campaign itself. Thread-safe, as the stage's recorder and lives are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "cli/client.h"
#include "proto/digest.h"
#include "tests/cluster/chaos/history.h"
#include "tests/cluster/chaos/stage.h"

namespace kimberlite::chaos {

/// Submits a signed envelope to the node that `client` speaks to, and waits for finality, at most `timeout_ms`.
EnvelopeCall submit(Stage& stage, std::size_t node, cli::NodeClient& client, const std::string& envelope,
                    std::int64_t timeout_ms);
/// Asks what became of an envelope.
void find(Stage& stage, std::size_t node, cli::NodeClient& client, const Digest& id);
/// Asks whether the state holds the certificate of this number, which the envelope wrote.
void find_state(Stage& stage, std::size_t node, cli::NodeClient& client, const Digest& id, const std::string& number);
/// Asks where the node stands and whom it accuses; returns whether it answered.
bool look(Stage& stage, std::size_t node, cli::NodeClient& client);
/// The same of a second process with the node's key. What it says must be true; it need not follow from what the node
/// said.
bool look_at_double(Stage& stage, std::size_t node, cli::NodeClient& client);

}  // namespace kimberlite::chaos
