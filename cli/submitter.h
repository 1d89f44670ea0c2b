// Submits envelopes through the right node, and through another when that one does not answer. Submitting is idempotent
// by the envelope's id, so trying again elsewhere is safe. Each node is first brought to the height of the last final
// result, so that what was seen through one node is never judged by another that has not seen it yet.
// Not thread-safe.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/client.h"
#include "cli/home.h"
#include "cli/signing.h"
#include "proto/error.h"

namespace kimberlite::cli {

/// Patience for one envelope over all nodes, in timeouts of one answer.
inline constexpr std::int64_t kPatienceFactor = 6;

/// Why the ledger said no.
struct RefusalText {
  std::string reason;
  std::string field;
  std::string message;
};

/// What became of an envelope.
struct Verdict {
  Digest id;
  std::string node;  ///< name of the node that answered
  std::uint64_t height{};
  std::uint64_t log_index{};
  std::optional<RefusalText> refusal;  ///< empty: accepted and final
};

class Submitter {
 public:
  /// `timeout_ms`: for one answer; `patience_ms`: for one envelope over all nodes.
  Submitter(ClientConfig config, std::int64_t timeout_ms, std::int64_t patience_ms);

  /// Waits for the envelope's final verdict. UNAVAILABLE with the id when patience ends.
  Result<Verdict> submit(const SignedBytes& envelope, std::string_view party);
  /// A state value as the node for `party` sees it, not older than the last result. nullopt: no such key.
  Result<std::optional<std::string>> state(const std::string& key, std::string_view party);
  /// How often another node than the party's own had to be asked.
  [[nodiscard]] std::uint64_t detours() const { return detours_; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Node {
    std::unique_ptr<NodeClient> client;
    std::uint64_t height = 0;  ///< highest final height seen on it
    Clock::time_point avoid_until;
  };

  /// Nodes in the order to try for a party: its own, then the others, those that failed lately last.
  std::vector<Node*> order_for(std::string_view party);
  Result<void> await_height(Node& node, Clock::time_point deadline);
  /// One try; an error means "try elsewhere or later".
  Result<Verdict> try_submit(Node& node, const SignedBytes& envelope, Clock::time_point deadline);

  ClientConfig config_;
  std::int64_t timeout_ms_;
  std::int64_t patience_ms_;
  std::map<std::string, Node> nodes_;
  std::uint64_t height_ = 0;
  std::uint64_t detours_ = 0;
};

}  // namespace kimberlite::cli
