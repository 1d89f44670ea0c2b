// What this replica's key has said, and so may still say: the memory behind the vote journal. A vote counts as said
// from the moment its record is handed out, and as cast only once the record is durable. After a restart it is read
// back from the journal; where the journal, a ring, has dropped records, the views they may have been about are closed.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "consensus/actions.h"
#include "consensus/types.h"

namespace kimberlite::consensus {

class OwnVotes {
 public:
  OwnVotes() = default;
  /// Reads back what a journal, oldest record first, holds of this epoch. A notarize vote whose body is not here was
  /// never sent: it is withheld. REQUIRES: ascending sequences.
  OwnVotes(const std::vector<JournalRecord>& journal, Epoch epoch, const std::function<bool(const Digest&)>& body_here);
  /// Of a new epoch, in which nothing was said yet: records go on from this sequence.
  explicit OwnVotes(std::uint64_t last_sequence) : last_sequence_(last_sequence) {}

  /// One notarize a view, and none after nullify.
  [[nodiscard]] bool may_notarize(View view) const;
  /// Once a view, and not beside finalize.
  [[nodiscard]] bool may_nullify(View view) const;
  /// Once a view, not beside nullify, and not on another block than the one notarized.
  [[nodiscard]] bool may_finalize(View view, const Digest& block) const;
  /// Whether this very vote was said.
  [[nodiscard]] bool said(const Vote& vote) const;
  [[nodiscard]] bool nullified(View view) const;
  /// Whether anything was said in this view.
  [[nodiscard]] bool spoke_in(View view) const { return said_.contains(view); }

  /// The journal record of a new vote. REQUIRES: the vote may be cast.
  JournalRecord record(const Vote& vote, std::optional<Certificate> justification);
  /// Votes that became durable with this sequence, in order.
  std::vector<Vote> durable(std::uint64_t sequence);
  /// Votes on this block that were withheld and may now be sent; none in a view that was nullified meanwhile.
  std::vector<Vote> release(const Digest& block);
  /// Durable votes of a view, in the order in which they were cast.
  [[nodiscard]] std::vector<Vote> cast_in(View view) const;
  /// Durable finalize votes of views above `view`, newest first, at most `limit`.
  [[nodiscard]] std::vector<Vote> finalizes_above(View view, std::size_t limit) const;
  /// Closes all views up to this one and forgets what was said in them.
  void close(View view);
  /// Views up to here are closed: nothing more is said in them.
  [[nodiscard]] View closed() const { return closed_; }
  /// Records of the views that are not closed.
  [[nodiscard]] std::uint64_t records() const;
  /// Sequence of the newest record handed out or read back; 0: none.
  [[nodiscard]] std::uint64_t last_sequence() const { return last_sequence_; }

 private:
  struct Said {
    std::optional<Digest> notarized;
    bool nullified{};
    std::optional<Digest> finalized;
    std::vector<Vote> cast;  ///< durable ones, at most three
  };
  void remember(const Vote& vote);

  View closed_;
  std::map<View, Said> said_;
  std::deque<std::pair<std::uint64_t, Vote>> pending_;  ///< handed out, not durable yet: sequence and vote
  std::vector<Vote> withheld_;
  std::uint64_t last_sequence_ = 0;
};

}  // namespace kimberlite::consensus
