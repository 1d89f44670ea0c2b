// Fetching a stretch of the log from several peers at once. The stretch is cut into segments; each answer is proven to
// be part of the certified log by itself (RFC 6962: the peaks before it, its leaves, and the consistency proof from
// there to the target), so that a liar is found at once, whoever else answered, and what the others sent stays good.
// Segments are handed out in the order of the log. One owner (the core thread).
#pragma once

#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "node/runtime/peer_inbox.h"
#include "node/runtime/timer.h"
#include "proto/digest.h"
#include "proto/error.h"
#include "proto/types.h"

namespace kimberlite::runtime {

/// Leaves of one segment.
inline constexpr std::uint64_t kSegmentLeaves = 1'024;
/// Segments asked for or waiting to be taken.
inline constexpr std::size_t kSegmentsMax = 16;
/// Segments asked of one peer at a time.
inline constexpr std::size_t kSegmentsPerPeerMax = 2;
/// Nothing new is asked for while more bytes of leaves than this wait to be taken.
inline constexpr std::size_t kSegmentBytesMax = 64 * 1024 * 1024;
/// A peer that does not answer within this time is passed over.
inline constexpr std::int64_t kRangeTimeoutMs = 2'000;
/// And asked again only after this, unless there is nobody else.
inline constexpr std::int64_t kRangeRestMs = 10'000;

/// Checks that an answer is part of the log of `range.target` leaves with this root. Thread-safe.
/// Errors: MALFORMED (peaks), PROOF_TRUNCATED (no leaf), FIELD_OUT_OF_RANGE (beyond the target), or as
/// verify_consistency.
Result<void> verify_range(const LogRangeFrame& range, const Digest& root);

class RangeFetch {
 public:
  struct Port {
    std::function<void(std::size_t peer, LogIndex first, std::uint64_t count, LogSize target)> request;
    /// A peer's answer is not part of the certified log: it lied.
    std::function<void(std::size_t peer, const Error& why)> punish;
    std::function<std::vector<std::size_t>()> connected_peers;
    /// There is something to take.
    std::function<void()> ready;
  };
  RangeFetch(boost::asio::io_context& core, Port port);

  /// Fetches the leaves from `first` up to the log of `target` leaves with this root. What ran before is forgotten.
  void start(LogIndex first, LogSize target, const Digest& root);
  void stop();
  /// An answer, to what was asked or not.
  void on_range(std::size_t peer, LogRangeFrame range);
  /// The next segment's leaves, in the order of the log; nullopt while they are not here, and at the end.
  std::optional<std::vector<std::string>> take();
  /// Everything up to the target was taken.
  [[nodiscard]] bool finished() const { return next_taken_ == target_.value; }

 private:
  using Time = NodeClock::time_point;
  struct Segment {
    LogIndex first;
    std::uint64_t count{};
    std::vector<std::string> leaves;  // verified
    std::optional<std::size_t> asked;
    Time asked_at;

    [[nodiscard]] bool complete() const { return leaves.size() == count; }
    [[nodiscard]] LogIndex wanted() const { return LogIndex{first.value + leaves.size()}; }
  };
  struct PeerState {
    std::size_t asked{};  // segments
    Time rests_until;
  };
  void ask();
  void add_segments();
  void ask_for(Segment& segment, std::size_t peer);
  void pass_over(Segment& segment);
  [[nodiscard]] std::optional<std::size_t> choose_peer() const;
  void arm_timer();
  void on_timer();

  Timer timer_;
  Port port_;
  LogSize target_;
  Digest root_;
  std::uint64_t next_cut_{};    // first leaf that is in no segment yet
  std::uint64_t next_taken_{};  // first leaf that was not taken yet
  std::deque<Segment> segments_;
  std::size_t bytes_{};  // of leaves that wait
  std::map<std::size_t, PeerState> peers_;
  std::set<std::size_t> liars_;
};

}  // namespace kimberlite::runtime
