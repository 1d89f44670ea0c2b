// Four validators, the last of which runs twice: two replicas with one key, neither knowing of the other (Bano et al.,
// "Twins: BFT Systems Made Robust", 2020). Real replicas, instant disks, a network that delivers in a millisecond but
// splits in two, anew for each view. A network is a value: a copy goes on by itself, so that a search can branch.
// Not covered: crashes, loss inside a side, lies other than saying two things. Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "consensus/replica.h"
#include "tests/simulation/blocks.h"
#include "tests/simulation/fake_keys.h"
#include "tests/simulation/violation.h"

namespace kimberlite::twins {

inline constexpr std::size_t kValidators = 4;
/// Replicas: 0, 1 and 2 are honest, 3 and 4 are the two halves of validator 3.
inline constexpr std::size_t kInstances = 5;
inline constexpr std::size_t kHonest = 3;
inline constexpr consensus::ValidatorIndex kTwin = 3;

/// Which side of the split each replica is on: bit i - 1 for replica i; replica 0 is on side 0.
using Sides = std::uint8_t;
inline constexpr Sides kSidesCount = 1 << (kInstances - 1);

/// "0 1 3' | 2 3": the two sides, the second half of the twin with a stroke.
std::string describe(Sides sides);

/// What all networks of one search share.
class Setup {
 public:
  /// The twin leads the views w with w mod 4 = `twin_place`, the honest the others in some order: which of them is
  /// which makes no difference, for all splits are tried.
  /// `proposals_pass`: splits hold up votes and certificates, but not proposals. `judged`: the only property whose
  /// violation ends a run; empty: all.
  Setup(std::size_t twin_place, std::uint64_t depth, bool proposals_pass, bool trace, std::string judged);
  Setup(const Setup&) = delete;
  Setup& operator=(const Setup&) = delete;

  std::uint64_t depth;  ///< views up to this one are split
  bool proposals_pass;
  bool trace;
  std::string judged;
  Digest chain_id;
  std::vector<consensus::ValidatorIndex> leaders;  ///< of views 0, 1, 2, 3 and again
  std::array<simulation::FakeSigner, kValidators> signers;
};

class Network {
 public:
  explicit Network(const Setup& setup);

  /// Goes on until something is said in a view whose split is not chosen yet (that view), or all honest replicas have
  /// made a block final in a view that was not split and hold the same log (nullopt). Throws simulation::Violation: S1,
  /// S3 or L1.
  std::optional<View> run();
  /// Chooses the split of a view that run() has named. What is said of that view, by whomever, stays on its side until
  /// the time is over in which a view that gets nowhere is given up.
  void split(View view, Sides sides);
  /// The splits chosen so far, view 1 first.
  [[nodiscard]] const std::vector<Sides>& splits() const { return splits_; }
  [[nodiscard]] std::uint64_t steps() const { return steps_; }

 private:
  using MessagePtr = std::shared_ptr<const consensus::Message>;
  struct Saying {
    std::size_t from;
    std::optional<consensus::ValidatorIndex> to;
    MessagePtr message;
  };
  struct Event {
    std::int64_t time_ms;
    std::uint64_t order;
    std::size_t to;
    std::shared_ptr<const consensus::Input> input;
  };
  static bool later(const Event& a, const Event& b);

  void step(std::size_t instance, const consensus::Input& input);
  void apply(std::size_t instance, consensus::Actions actions);
  void give(std::size_t instance, std::int64_t delay_ms, consensus::Input input);
  [[nodiscard]] std::vector<consensus::BlockRef> not_final_up_to(std::size_t instance, const Digest& digest) const;
  void catch_up(std::size_t instance, const consensus::Certificate& target);
  void make_final(std::size_t instance, const consensus::BlockRef& block);
  /// Hands on what was said; the view whose split is missing, if one is.
  std::optional<View> hand_on();
  void violated(const std::string& property, const std::string& what) const;
  [[nodiscard]] bool reaches(std::size_t from, std::size_t to, const consensus::Message& message) const;
  [[nodiscard]] bool done() const;
  bool next();

  const Setup* setup_;
  simulation::Blocks blocks_;
  std::vector<consensus::Replica> replicas_;
  std::array<std::optional<TimeMs>, kInstances> wake_;
  std::array<std::vector<Digest>, kInstances> logs_;
  std::array<View, kInstances> final_views_;
  std::vector<Event> events_;  ///< a heap, soonest first
  std::vector<Saying> said_;   ///< not handed on yet
  std::vector<Sides> splits_;
  std::vector<std::int64_t> splits_end_ms_;
  std::int64_t now_ms_ = 0;
  std::uint64_t order_ = 0;
  std::uint64_t steps_ = 0;
};

}  // namespace kimberlite::twins
