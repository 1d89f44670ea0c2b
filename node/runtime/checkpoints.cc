#include "node/runtime/checkpoints.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace kimberlite::runtime {

Checkpoints::Checkpoints(std::string origin, CheckpointSigners signers, std::string stored, Published published)
    : origin_(std::move(origin)), published_(std::move(published)), signers_(std::move(signers)) {
  for (const ValidatorSet* set : {&signers_.now, &signers_.before}) {
    const auto verified = verify_checkpoint(stored, origin_, *set, set->faulty() + 1);
    if (!verified || &signers_.of(verified->checkpoint.size) != set) continue;
    note_ = {std::move(stored), verified->checkpoint.size, verified->signers.size()};
    return;
  }
}

void Checkpoints::begin_epoch(CheckpointSigners signers) {
  std::vector<std::function<void()>> calls;
  {
    const std::lock_guard lock(mutex_);
    signers_ = std::move(signers);
    // Who left has said enough.
    std::erase_if(said_, [this](const auto& said) {
      if (knows(said.first)) return false;
      for (const Prefix& prefix : said.second) forget(said.first, prefix);
      return true;
    });
    std::erase_if(early_, [this](const auto& early) {
      const CheckpointVote& vote = early.second;
      if (!knows(vote.key)) return false;
      count(vote.size, vote.root, vote.key, vote.signature);
      return true;
    });
    // The newest first: where it is published, those before it are passed over.
    for (auto own = own_.rbegin(); own != own_.rend() && own->first >= note_.size; ++own) {
      auto told = publish_if_ready(own->first);
      std::ranges::move(told, std::back_inserter(calls));
    }
  }
  for (const auto& call : calls) call();
}

void Checkpoints::know(LogSize size, const Digest& root) {
  std::vector<std::function<void()>> calls;
  {
    const std::lock_guard lock(mutex_);
    remember(size, root);
    calls = publish_if_ready(size);
  }
  for (const auto& call : calls) call();
}

void Checkpoints::remember(LogSize size, const Digest& root) {
  own_[size] = root;
  if (own_.size() > kCheckpointsCollected) own_.erase(own_.begin());
}

CheckpointVote Checkpoints::sign(LogSize size, const Digest& root, const SecretKey& key) {
  const CheckpointVote vote{size, root, key.public_key(), sign_checkpoint({origin_, size, root}, key)};
  std::vector<std::function<void()>> calls;
  {
    const std::lock_guard lock(mutex_);
    remember(size, root);
    if (!own_newest_ || own_newest_->size < size) own_newest_ = vote;
    count(size, root, vote.key, vote.signature);
    calls = publish_if_ready(size);
  }
  for (const auto& call : calls) call();
  return vote;
}

Result<void> Checkpoints::add(std::size_t peer, const CheckpointVote& vote) {
  if (!verify_checkpoint_signature({origin_, vote.size, vote.root}, vote.key, vote.signature)) {
    return fail(Reason::BAD_SIGNATURE, "signature", "the checkpoint's signature does not hold");
  }
  std::vector<std::function<void()>> calls;
  {
    const std::lock_guard lock(mutex_);
    if (!knows(vote.key)) {
      early_.insert_or_assign(peer, vote);
      return {};
    }
    if (const auto own = own_.find(vote.size); own != own_.end() && own->second != vote.root) {
      return fail(
          Reason::LOG_INCONSISTENT, "root",
          "size " + std::to_string(vote.size.value) + ": ours is " + own->second.hex() + ", theirs " + vote.root.hex());
    }
    count(vote.size, vote.root, vote.key, vote.signature);
    calls = publish_if_ready(vote.size);
  }
  for (const auto& call : calls) call();
  return {};
}

void Checkpoints::count(LogSize size, const Digest& root, const PublicKey& key, const Signature& signature) {
  if (size < note_.size) return;
  if (!collected_[size][root].emplace(key, signature).second) return;
  auto& said = said_[key];
  said.push_back({size, root});
  if (said.size() <= kCheckpointsCollected) return;
  forget(key, said.front());
  said.pop_front();
}

void Checkpoints::forget(const PublicKey& key, const Prefix& prefix) {
  const auto of_size = collected_.find(prefix.size);
  if (of_size == collected_.end()) return;  // published meanwhile
  const auto of_root = of_size->second.find(prefix.root);
  if (of_root == of_size->second.end()) return;
  of_root->second.erase(key);
  if (of_root->second.empty()) of_size->second.erase(of_root);
  if (of_size->second.empty()) collected_.erase(of_size);
}

// Those of the set that signs this prefix, in its order.
std::vector<CheckpointCosignature> Checkpoints::cosignatures(LogSize size, const Signatures& signatures) const {
  std::vector<CheckpointCosignature> counted;
  for (const Validator& validator : signers_.of(size).all()) {
    const auto found = signatures.find(validator.key);
    if (found != signatures.end()) counted.push_back({validator.key, found->second});
  }
  return counted;
}

// Publishes this prefix if we committed it ourselves, a quorum signed it, and it is more than what is published. No
// other may have become ready, and so nobody makes us look at what he claims of other sizes. Returns what to call
// without the lock.
std::vector<std::function<void()>> Checkpoints::publish_if_ready(LogSize size) {
  const auto own = own_.find(size);
  const auto of_size = collected_.find(size);
  if (own == own_.end() || of_size == collected_.end()) return {};
  const auto of_root = of_size->second.find(own->second);
  if (of_root == of_size->second.end()) return {};
  const auto all = cosignatures(size, of_root->second);
  const bool better = size > note_.size || all.size() > note_.signatures;
  if (all.size() < 2 * signers_.of(size).faulty() + 1 || !better) return {};

  note_ = {format_checkpoint({origin_, size, own->second}, all), size, all.size()};
  collected_.erase(collected_.begin(), of_size);
  published_(note_.bytes);
  std::vector<std::function<void()>> calls;
  for (auto waiter = waiters_.begin(); waiter != waiters_.end() && waiter->first <= note_.size;) {
    calls.emplace_back([ready = std::move(waiter->second), note = note_] { ready(note); });
    waiter = waiters_.erase(waiter);
  }
  return calls;
}

Checkpoints::Note Checkpoints::newest() const {
  const std::lock_guard lock(mutex_);
  return note_;
}

std::optional<CheckpointVote> Checkpoints::own_newest() const {
  const std::lock_guard lock(mutex_);
  return own_newest_;
}

bool Checkpoints::when_covered(LogSize size, std::function<void(const Note&)> ready) {
  Note note;
  {
    const std::lock_guard lock(mutex_);
    if (note_.bytes.empty() || note_.size < size) {
      if (closed_ || waiters_.size() >= kCheckpointWaitersMax) return false;
      waiters_.emplace(size, std::move(ready));
      return true;
    }
    note = note_;
  }
  ready(note);
  return true;
}

void Checkpoints::close() {
  std::multimap<LogSize, std::function<void(const Note&)>> waiters;
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    waiters.swap(waiters_);
  }
  for (const auto& [size, ready] : waiters) ready(Note{});
}

}  // namespace kimberlite::runtime
