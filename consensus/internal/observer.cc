#include "consensus/internal/observer.h"

#include <algorithm>
#include <variant>

#include "proto/assert.h"

namespace kimberlite::consensus {

namespace {

bool contradict(const Vote& first, const Vote& second) {
  if (first.validator != second.validator || first.epoch != second.epoch || first.view != second.view) return false;
  if (first.kind == second.kind) return first.block != second.block;
  const auto is = [&](VoteKind kind) { return first.kind == kind || second.kind == kind; };
  return is(VoteKind::kNullify) && is(VoteKind::kFinalize);
}

const Vote* vote_in(const Message& message) {
  if (const auto* vote = std::get_if<VoteMessage>(&message)) return &vote->vote;
  if (const auto* proposal = std::get_if<Proposal>(&message)) return &proposal->vote;
  return nullptr;
}

}  // namespace

Observer::Observer(const Config& config, const Recovered& recovered)
    : epoch_(config.epoch),
      validators_(config.validators.size()),
      self_(config.self),
      may_vote_(config.self.has_value()),
      order_(config.leader_seed, validators_),
      root_(recovered.final_block) {
  for (const JournalRecord& record : recovered.journal) {
    handed_out_ = durable_ = record.sequence;
    if (record.vote.epoch == epoch_) note(record.vote, record.sequence);
  }
  if (root_.closes_epoch) {
    root_.view = View{};
    root_.closes_epoch = false;
  }
}

Observer::Observer(const Config& config, const BlockRef& closing, const Observer& before)
    : Observer(config, Recovered{closing, std::nullopt, {}, {}}) {
  handed_out_ = before.handed_out_;
  durable_ = before.durable_;
}

bool Observer::has_quorum(const Certificate& certificate) const {
  const auto& signers = certificate.validators;
  const bool ascending = std::ranges::adjacent_find(signers, [](auto a, auto b) { return a >= b; }) == signers.end();
  return ascending && signers.size() >= quorum(validators_) && signers.back() < validators_ &&
         signers.size() == certificate.signatures.size();
}

void Observer::note(const Vote& vote, std::uint64_t sequence) {
  Said& said = said_[vote.view];
  said.last_sequence = sequence;
  if (vote.kind == VoteKind::kNotarize) said.notarized = vote.block;
  if (vote.kind == VoteKind::kNullify) said.nullified = true;
  if (vote.kind == VoteKind::kFinalize) said.finalized = vote.block;
}

void Observer::take_vote(const JournalRecord& record) {
  const Vote& vote = record.vote;
  KIMBERLITE_ASSERT(record.sequence == handed_out_ + 1, "journal records follow one another");
  handed_out_ = record.sequence;
  KIMBERLITE_ASSERT(vote.epoch == epoch_ && vote.validator == self_, "only our own votes of this epoch are journalled");
  const Said& said = said_[vote.view];
  switch (vote.kind) {
    case VoteKind::kNotarize:
      KIMBERLITE_ASSERT(!said.notarized && !said.nullified && !said.finalized,
                        "S3: one notarize vote a view, and none after giving it up");
      break;
    case VoteKind::kNullify:
      KIMBERLITE_ASSERT(!said.nullified && !said.finalized, "S3: no view is given up twice, or after finalize");
      break;
    case VoteKind::kFinalize:
      KIMBERLITE_ASSERT(!said.finalized && !said.nullified, "S3: one finalize vote a view, and none beside nullify");
      KIMBERLITE_ASSERT(!said.notarized || said.notarized == vote.block, "S3: finalize what was notarized");
      KIMBERLITE_ASSERT(record.justification && record.justification->kind == VoteKind::kNotarize &&
                            record.justification->block == vote.block && record.justification->view == vote.view,
                        "a finalize vote is journalled with its notarization");
      break;
  }
  if (record.justification) KIMBERLITE_ASSERT(has_quorum(*record.justification), "a justification has a quorum");
  note(vote, record.sequence);
}

void Observer::check_sent(const Outgoing& outgoing, std::uint64_t durable) const {
  const Vote* vote = vote_in(outgoing.message);
  if (vote == nullptr) return;
  KIMBERLITE_ASSERT(vote->validator == self_ && vote->epoch == epoch_, "a replica speaks for itself");
  const auto found = said_.find(vote->view);
  KIMBERLITE_ASSERT(found != said_.end(), "a vote that is sent was journalled");
  const Said& said = found->second;
  KIMBERLITE_ASSERT(vote->kind == VoteKind::kNotarize  ? said.notarized == vote->block
                    : vote->kind == VoteKind::kNullify ? said.nullified
                                                       : said.finalized == vote->block,
                    "S3: what is sent is what was journalled");
  // Two votes of one view may be under way at once: the older of them is durable when its own record is.
  const bool alone = said.notarized.has_value() + said.nullified + said.finalized.has_value() == 1;
  KIMBERLITE_ASSERT(!alone || said.last_sequence <= durable, "S3: a vote leaves after it is durable");
}

void Observer::check_final(const Actions& actions, const Standing& now) {
  KIMBERLITE_ASSERT(!catching_up_ || (actions.finalized.empty() && !actions.catch_up),
                    "while the log is caught up with, nothing else becomes final and no second one begins");
  for (const BlockRef& block : actions.finalized) {
    KIMBERLITE_ASSERT(!root_.closes_epoch, "nothing becomes final after the block that closed the epoch");
    KIMBERLITE_ASSERT(block.parent == root_.digest && block.height.value == root_.height.value + 1,
                      "S1: a final block stands on the one before it");
    root_ = block;
  }
  if (!actions.finalized.empty()) {
    KIMBERLITE_ASSERT(actions.finalization && actions.finalization->kind == VoteKind::kFinalize &&
                          actions.finalization->block == root_.digest && actions.finalization->epoch == epoch_ &&
                          has_quorum(*actions.finalization),
                      "final blocks come with the finalization of the last by a quorum");
  }
  catching_up_ = catching_up_ || actions.catch_up.has_value();
  KIMBERLITE_ASSERT(now.root.digest == root_.digest, "the last final block is the one that was handed out last");
}

void Observer::check_requests(const Actions& actions, const Standing& now) const {
  if (actions.build) {
    KIMBERLITE_ASSERT(
        (now.may_vote || may_vote_) && actions.build->view == now.view && order_.leader(now.view) == self_,
        "a block is built by the leader of the view, for that view");
  }
  for (const VerifyRequest& request : actions.verify) {
    KIMBERLITE_ASSERT(request.block.height > root_.height &&
                          request.block.height.value <= root_.height.value + kCertifiedAboveFinalMax,
                      "rule 20: nobody votes for a height beyond");
  }
  for (const Evidence& evidence : actions.evidence) {
    KIMBERLITE_ASSERT(evidence.validator == evidence.first.validator && contradict(evidence.first, evidence.second),
                      "evidence is two votes that no honest validator casts");
  }
  KIMBERLITE_ASSERT(actions.persist.empty() || now.may_vote || may_vote_, "who may not vote does not");
}

void Observer::check_bounds(const Standing& now) const {
  const std::size_t window = 4 * validators_ + 1;
  KIMBERLITE_ASSERT(now.vote_views <= window, "B1: votes of at most 4n + 1 views are held");
  KIMBERLITE_ASSERT(now.proposals <= window, "B1: proposals of at most 4n + 1 views are held");
  KIMBERLITE_ASSERT(now.certificates <= 2 * (now.view.value - now.final_view.value + window),
                    "B1: at most two certificates a view");
}

void Observer::take_input(const Input& input) {
  if (const auto* durable = std::get_if<Durable>(&input)) {
    KIMBERLITE_ASSERT(durable->sequence <= handed_out_, "what is durable was handed out");
    durable_ = std::max(durable_, durable->sequence);
  }
  if (const auto* caught_up = std::get_if<CaughtUp>(&input)) {
    catching_up_ = false;
    if (caught_up->block.height > root_.height) root_ = caught_up->block;
  }
}

void Observer::check(const Input* input, const Actions& actions, const Standing& now) {
  if (input != nullptr) take_input(*input);
  for (const JournalRecord& record : actions.persist) take_vote(record);
  for (const Outgoing& outgoing : actions.send) check_sent(outgoing, durable_);
  for (const Outgoing& outgoing : actions.send_after_persist) check_sent(outgoing, handed_out_);
  check_final(actions, now);
  check_requests(actions, now);
  KIMBERLITE_ASSERT(now.view >= view_ && now.final_view >= final_view_, "views only advance");
  if (now.entered_by != nullptr)
    KIMBERLITE_ASSERT(now.entered_by->view.value + 1 == now.view.value && has_quorum(*now.entered_by),
                      "rule 1: a view is entered by a quorum's certificate of the view before");
  else
    KIMBERLITE_ASSERT(now.view == View{1}, "only the first view of an epoch is entered without a certificate");
  check_bounds(now);
  view_ = now.view;
  final_view_ = now.final_view;
  may_vote_ = now.may_vote;
  said_.erase(said_.begin(), said_.upper_bound(final_view_));
}

}  // namespace kimberlite::consensus
