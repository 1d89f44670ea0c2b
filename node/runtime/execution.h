// Executing blocks: the tree of undecided blocks above the final one, each with its state overlay and log edge, and the
// two ways to add to it: build a block from candidates, or execute somebody else's. The rules and roots are pure; time
// is passed in. One owner (the core thread).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "consensus/types.h"
#include "node/ledger/rules.h"
#include "node/runtime/final_state.h"
#include "proto/block.h"
#include "proto/envelope.h"
#include "proto/error.h"
#include "proto/merkle_log.h"
#include "storage/store.h"

namespace kimberlite::runtime {

/// Most envelopes of one block.
inline constexpr std::size_t kBlockEnvelopesMax = 4'000;
/// Most bytes of signed envelopes in one block: its body must fit a peer frame.
inline constexpr std::size_t kBlockBytesMax = 2 * 1024 * 1024;
/// Most work (ledger::Applied) of the envelopes of one block: to execute it must take a small part of a leader's time.
inline constexpr std::uint64_t kBlockWorkBytesMax = 64UL * 1024 * 1024;
/// A participant's envelopes that are more than one such part of a block, in number, bytes or work, come after all
/// others'.
inline constexpr std::size_t kSharesOfBlock = 4;
/// Work that a leader spends on refused envelopes of one key, and of one participant, in one block: all of theirs may
/// be in vain, and stand in front of everybody else's.
inline constexpr std::uint64_t kRefusedWorkOfKeyMax = 4UL * 1024 * 1024;
inline constexpr std::uint64_t kRefusedWorkOfParticipantMax = 8UL * 1024 * 1024;
/// Most undecided blocks kept; consensus certifies at most 16 above the final one, the rest are rivals and proposals.
inline constexpr std::size_t kTreeBlocksMax = 256;

/// A block that was executed on its parent's state.
struct ExecutedBlock {
  BlockHeader header;
  std::string record_leaf;
  Digest digest;
  std::vector<EnvelopePtr> envelopes;
  std::set<Digest> ids;  ///< of the envelopes
  std::shared_ptr<storage::StateOverlay> state;
  CompactRange range;  ///< log edge after the record

  [[nodiscard]] consensus::BlockRef ref() const {
    return {digest, header.parent, header.height, header.view, !header.next_validators.is_zero()};
  }
};

using ExecutedPtr = std::shared_ptr<const ExecutedBlock>;

/// Who votes on a block: an epoch and the digest of its set. Follows from the parent.
struct Voters {
  Epoch epoch;
  Digest set;
  friend bool operator==(const Voters&, const Voters&) = default;
};

/// What a new block says about itself beside its content.
struct BlockTemplate {
  View view;
  TimeMs time_ms;
  std::string proposer;
};

class Execution {
 public:
  /// `genesis_validators`: digest of the set of epoch 1.
  Execution(Digest chain_id, Digest genesis_validators, std::shared_ptr<const storage::Snapshot> final_state);

  /// True if the block is the final one or was executed.
  [[nodiscard]] bool has(const Digest& block) const;
  /// An executed, undecided block; null if there is none.
  [[nodiscard]] ExecutedPtr find(const Digest& block) const;
  /// Block time of the final or an executed block. REQUIRES: has(block).
  [[nodiscard]] TimeMs time_of(const Digest& block) const;

  /// Executes candidates on `parent` in order, leaving out the refused ones (told to `skipped`) and those that the
  /// chain already has. A key and a participant whose refused ones have cost too much are passed over from there on,
  /// and what goes beyond a participant's share comes last. REQUIRES: has(parent). `allow_empty`: a heartbeat;
  /// otherwise null if nothing was accepted.
  using Skipped = std::function<void(const EnvelopePtr&, const ledger::Refusal&)>;
  ExecutedPtr build(const Digest& parent, const BlockTemplate& what, const std::vector<EnvelopePtr>& candidates,
                    bool allow_empty, const Skipped& skipped);

  /// Executes a block as received. REQUIRES: has(header.parent) and the leaf's digest was asked for.
  /// Errors: FIELD_OUT_OF_RANGE and TOO_COSTLY (more than a block may hold or cost), PROOF_INVALID (envelopes are not
  /// those of the record), LEAF_ALTERED (record inconsistent with its parent, or with the change of validators that its
  /// envelopes make), STATE_ROOT_DIFFERS, or the refusal of an envelope.
  Result<ExecutedPtr> execute(const std::string& record_leaf, std::vector<EnvelopePtr> envelopes);
  /// Executes a block that is known to be final, without its map: the state root that a quorum signed is taken on trust
  /// until a block on top is executed, or this one completed. Errors: as above, but for STATE_ROOT_DIFFERS.
  Result<ExecutedPtr> execute_final(const std::string& record_leaf, std::vector<EnvelopePtr> envelopes);
  /// Updates the map for a block that was executed without, and for those before it. Others are complete already.
  /// Errors: STATE_ROOT_DIFFERS.
  static Result<void> complete(const ExecutedBlock& block);

  struct Trial {
    std::optional<ledger::Refusal> refusal;
    std::uint64_t work_bytes{};
  };
  /// Trial run on the final state and on the newest executed one, as if in a block made `now`: refused only if both
  /// refuse.
  [[nodiscard]] Trial trial(const OpenedEnvelope& envelope, TimeMs now) const;
  /// Whether an undecided block on the way to the newest one holds the id.
  [[nodiscard]] bool undecided_has(const Digest& id) const;
  /// Where an id already stands in the final log.
  [[nodiscard]] std::optional<storage::EnvelopeLocation> final_location(const Digest& id) const;
  /// The newest executed block by height (the final one if there is none above).
  [[nodiscard]] Digest newest() const;

  /// The chain from the block after the final one up to `block`, for a commit. REQUIRES: all executed.
  [[nodiscard]] std::vector<ExecutedPtr> chain_to(const Digest& block) const;
  /// The store committed up to the snapshot's tip: drops what is decided, rebases what stands on it.
  void advance(std::shared_ptr<const storage::Snapshot> final_state);

  [[nodiscard]] const storage::Snapshot& final_state() const { return final_->snapshot(); }
  /// Who votes on the block after the final one. If the final one closed an epoch, this is the next.
  [[nodiscard]] const Voters& final_voters() const { return final_voters_; }
  /// The clock that rules see on the final state.
  [[nodiscard]] TimeMs ledger_time() const;
  [[nodiscard]] std::size_t undecided() const { return blocks_.size(); }

 private:
  struct Parent {
    Digest digest;
    Height height;
    TimeMs time_ms;
    CompactRange range;
    std::shared_ptr<const storage::StateSource> state;
    Voters voters;  // on a child
  };
  /// True if the id is on the log that ends with `block`.
  [[nodiscard]] bool chain_has(const Digest& block, const Digest& id) const;
  [[nodiscard]] Parent parent_of(const Digest& digest) const;
  [[nodiscard]] std::shared_ptr<const storage::StateSource> state_of(const Digest& digest) const;
  /// Executes a block as received, but for what follows from its map.
  Result<std::shared_ptr<ExecutedBlock>> execute_envelopes(const std::string& record_leaf,
                                                           std::vector<EnvelopePtr> envelopes) const;
  Result<void> check_header(const BlockHeader& header, const Parent& parent, std::size_t count) const;
  [[nodiscard]] Voters voters_on_child_of(const Digest& digest) const;
  [[nodiscard]] Voters voters_after_final() const;
  [[nodiscard]] bool undecided_chain_has(const Digest& block, const Digest& id) const;
  void fill(ExecutedBlock& block, const Parent& parent, TimeMs time, const std::vector<EnvelopePtr>& candidates,
            const Skipped& skipped) const;
  ExecutedPtr keep(std::shared_ptr<ExecutedBlock> block);
  void drop_oldest_rival();
  using Blocks = std::map<Digest, std::shared_ptr<ExecutedBlock>>;
  Blocks::iterator forget(Blocks::iterator block);

  Digest chain_id_;
  Voters first_voters_;
  std::shared_ptr<const FinalState> final_;
  Voters final_voters_;
  CompactRange final_range_;
  Blocks blocks_;
  std::unordered_map<Digest, std::size_t, DigestHash> undecided_ids_;  ///< in how many of blocks_; never iterated
};

}  // namespace kimberlite::runtime
