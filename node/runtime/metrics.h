// What the node counts, as Prometheus text. Names and meanings: node/runtime/metrics.cc. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace kimberlite::runtime {

/// Values that are read off at scraping time.
struct MetricsSnapshot {
  std::uint64_t final_height{};
  std::uint64_t log_size{};
  std::uint64_t view{};
  std::uint64_t pool_envelopes{};
  std::uint64_t pool_bytes{};
  std::uint64_t submissions_waiting{};
  std::uint64_t peers_connected{};
  std::uint64_t peer_bytes_sent{};
  std::uint64_t peer_bytes_received{};
  std::uint64_t peer_frames_received{};
  std::uint64_t peer_frames_dropped{};
  std::uint64_t peer_faults{};
  std::uint64_t connections_refused{};
  std::uint64_t synced_writes{};
  std::uint64_t store_bytes{};
  std::uint64_t checkpoint_size{};
  std::uint64_t checkpoint_signatures{};
  std::uint64_t evidence{};
  std::uint64_t skipped_leaders{};
  std::uint64_t undecided_blocks{};
  bool progressing{};
  bool votes{};
};

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// An envelope became final `seconds` after it was submitted here.
  void envelope_final(double seconds);
  /// An envelope was refused for this reason.
  void envelope_refused(std::string_view reason);
  /// A peer's message was refused for this reason.
  void peer_message_refused(std::string_view reason);
  /// Signatures made by this node's key: votes and checkpoints.
  void signatures_made(std::uint64_t count);
  /// Signatures verified in what came from peers.
  void signatures_verified(std::uint64_t count);
  /// Events in a block that became final.
  void events_final(std::uint64_t count);
  /// The whole page in Prometheus text format.
  [[nodiscard]] std::string text(const MetricsSnapshot& now);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace kimberlite::runtime
