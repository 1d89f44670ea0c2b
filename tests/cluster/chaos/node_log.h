// Reads a node's whole log through its public interface into what the checker compares. Thread-safe: pure but for the
// calls.
#pragma once

#include <string>

#include "cli/client.h"
#include "proto/error.h"
#include "tests/cluster/chaos/checker.h"

namespace kimberlite::chaos {

/// All leaves that the node calls final when it is asked. UNAVAILABLE, or MALFORMED for a leaf that is no entry.
Result<NodeLog> read_node_log(cli::NodeClient& client, const std::string& node);

}  // namespace kimberlite::chaos
