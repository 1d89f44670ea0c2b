#include "tests/simulation/oracle.h"

#include <cstring>

#include "tests/simulation/fake_keys.h"
#include "tests/simulation/random.h"

namespace kimberlite::simulation {

using consensus::VoteKind;

namespace {

std::string name(const Digest& digest) {
  return digest.hex().substr(0, 8);
}

std::string where(const consensus::Vote& vote) {
  return "validator " + std::to_string(vote.validator) + " in view " + std::to_string(vote.view.value);
}

}  // namespace

void Oracle::cast(std::uint32_t node) const {
  if (retired_.contains(node)) throw Violation("S3", "node " + std::to_string(node) + " votes after it lost its disk");
  if (silent_.contains(node))
    throw Violation("S3", "node " + std::to_string(node) + " votes after it noticed that it was rolled back");
}

void Oracle::disk_lost(std::uint32_t node) {
  retired_.insert(node);
  reported_by_.erase(node);
}

void Oracle::rolled_back(std::uint32_t node, Height height) {
  excused_.insert(node);
  reported_by_[node] = height;
}

void Oracle::noticed_rollback(std::uint32_t node) {
  silent_.insert(node);
  ++rollbacks_noticed_;
}

void Oracle::sent(const consensus::Vote& vote) {
  if (excused_.contains(vote.validator)) return;
  Spoken& spoken = spoken_[{vote.validator, vote.epoch, vote.view}];
  switch (vote.kind) {
    case VoteKind::kNotarize:
      if (spoken.notarized && *spoken.notarized != vote.block)
        throw Violation("S3", where(vote) + " notarized " + name(*spoken.notarized) + " and " + name(vote.block));
      if (!spoken.notarized && spoken.nullified) throw Violation("S3", where(vote) + " notarized after it nullified");
      spoken.notarized = vote.block;
      return;
    case VoteKind::kNullify:
      if (spoken.finalized) throw Violation("S3", where(vote) + " nullified after it finalized");
      spoken.nullified = true;
      return;
    case VoteKind::kFinalize:
      if (spoken.nullified) throw Violation("S3", where(vote) + " finalized after it nullified");
      if (spoken.finalized && *spoken.finalized != vote.block)
        throw Violation("S3", where(vote) + " finalized " + name(*spoken.finalized) + " and " + name(vote.block));
      spoken.finalized = vote.block;
      return;
  }
}

void Oracle::check_certificate(const consensus::Certificate& certificate) const {
  const std::size_t faulty = (validators_ - 1) / 3;
  const std::size_t needed = (validators_ + faulty) / 2 + 1;
  std::set<consensus::ValidatorIndex> signers;
  for (std::size_t i = 0; i < certificate.validators.size(); ++i) {
    const consensus::Vote vote{certificate.kind,  certificate.epoch,         certificate.view,
                               certificate.block, certificate.validators[i], certificate.signatures[i]};
    if (vote.validator < validators_ && vote.signature == fake_signature(vote.validator, vote))
      signers.insert(vote.validator);
  }
  if (certificate.kind != VoteKind::kFinalize || signers.size() < needed)
    throw Violation("S1", "a finalization of " + name(certificate.block) + " with too few signers");
}

void Oracle::settle(std::uint32_t node, const Digest& digest) {
  const ModelBlock& block = blocks_.at(digest);
  const auto [entry, fresh] = log_.emplace(block.ref.height, digest);
  if (entry->second != digest)
    throw Violation("S1", "node " + std::to_string(node) + " has " + name(digest) + " at height " +
                              std::to_string(block.ref.height.value) + ", another has " + name(entry->second));
  if (!fresh) return;
  epochs_ended_ += block.closes ? 1 : 0;
  if (!block.valid) throw Violation("S2", "block " + name(digest) + " breaks a rule and is final");
  for (const EventId event : block.events)
    if (!events_.insert(event).second) throw Violation("S2", "event " + std::to_string(event) + " is final twice");
}

void Oracle::declared_final(std::uint32_t node, const Digest& below, const std::vector<consensus::BlockRef>& blocks,
                            const consensus::Certificate& finalization) {
  check_certificate(finalization);
  Digest parent = below;
  for (const consensus::BlockRef& block : blocks) {
    if (block.parent != parent || blocks_.at(block.digest).ref != block)
      throw Violation("S1", "node " + std::to_string(node) + " finalizes " + name(block.digest) + " out of order");
    if (blocks_.at(block.digest).epoch != finalization.epoch)
      throw Violation("S1", "node " + std::to_string(node) + " finalizes blocks of two epochs by one certificate");
    settle(node, block.digest);
    parent = block.digest;
  }
  if (finalization.epoch != blocks_.at(finalization.block).epoch)
    throw Violation("S1", "node " + std::to_string(node) + " finalizes " + name(finalization.block) +
                              " in another epoch than its own");
  if (parent != finalization.block)
    throw Violation("S1", "node " + std::to_string(node) + " finalizes what its certificate does not name");
}

std::uint64_t Oracle::fold_at(Height height) {
  if (height.value == 0) return 0;
  if (const auto known = folds_.find(height); known != folds_.end()) return known->second;
  Height at;
  std::uint64_t fold = 0;
  if (!folds_.empty()) {
    at = folds_.rbegin()->first;
    fold = folds_.rbegin()->second;
  }
  while (at < height) {
    ++at.value;
    const auto block = log_.find(at);
    if (block == log_.end()) throw Violation("S4", "no node declared height " + std::to_string(at.value) + " final");
    std::uint64_t word = 0;
    std::memcpy(&word, block->second.bytes.data(), sizeof word);
    fold = mix(fold, word);
    folds_[at] = fold;
  }
  return fold;
}

void Oracle::reported(std::uint32_t node, Height height, const Digest& digest, std::uint64_t fold) {
  settle(node, digest);
  if (blocks_.at(digest).ref.height != height)
    throw Violation("S1", "node " + std::to_string(node) + " reports a wrong height");
  if (fold != fold_at(height))
    throw Violation("S5", "node " + std::to_string(node) + " has another state than its log gives");
  Height& mine = reported_by_[node];
  if (height < mine) throw Violation("S4", "node " + std::to_string(node) + " goes back in its log");
  mine = height;
  reported_height_ = std::max(reported_height_, height);
}

void Oracle::restarted(std::uint32_t node, Height height, const Digest& digest) {
  silent_.erase(node);
  if (height < reported_by_[node])
    throw Violation("S4", "node " + std::to_string(node) + " lost final blocks in a crash");
  if (height.value > 0) settle(node, digest);
}

}  // namespace kimberlite::simulation
