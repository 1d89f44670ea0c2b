#include "proto/epoch_chain.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "kimberlite/v1/proof.pb.h"
#include "proto/block.h"
#include "proto/strict.h"
#include "proto/vote_payload.h"

namespace kimberlite {

namespace {

/// Longest participant code in a link.
constexpr std::size_t kCodeBytesMax = 64;

/// One link against the set that votes in its epoch.
class LinkChecker {
 public:
  LinkChecker(const Digest& chain_id, const ValidatorSet& voters, Epoch epoch, const v1::EpochLink& link)
      : chain_id_(chain_id),
        voters_(voters),
        epoch_(epoch),
        link_(link),
        path_("epochs[" + std::to_string(epoch.value - 1) + "]") {}

  Result<void> extend(EpochSets& known) const {
    auto header = check_record();
    if (!header) return std::unexpected(header.error());
    if (auto final = check_finalization(); !final) return std::unexpected(final.error());
    auto next = check_set(header->next_validators);
    if (!next) return std::unexpected(next.error());
    known.closed.push_back(header->log_size());
    known.sets.push_back(*std::move(next));
    return {};
  }

 private:
  [[nodiscard]] std::unexpected<Error> broken(Reason reason, const std::string& field, std::string message) const {
    return fail(reason, path_ + field, std::move(message));
  }

  [[nodiscard]] Result<BlockHeader> check_record() const {
    auto header = decode_block_leaf(link_.record_leaf());
    if (!header) return broken(header.error().reason, ".record_leaf", header.error().message);
    if (header->chain_id != chain_id_)
      return broken(Reason::WRONG_NETWORK, ".record_leaf", "a record of network " + header->chain_id.hex());
    if (header->epoch != epoch_)
      return broken(Reason::PROOF_INVALID, ".record_leaf",
                    "a record of epoch " + std::to_string(header->epoch.value) + ", not of epoch " +
                        std::to_string(epoch_.value));
    if (header->validators != voters_.digest())
      return broken(Reason::PROOF_INVALID, ".record_leaf", "a record of another set than the link before named");
    if (header->next_validators.is_zero())
      return broken(Reason::PROOF_INVALID, ".record_leaf", "a record that does not close its epoch");
    return header;
  }

  [[nodiscard]] Result<void> check_finalization() const {
    const v1::Certificate& votes = link_.finalization();
    const Digest block = block_digest(link_.record_leaf());
    if (votes.kind() != v1::VOTE_KIND_FINALIZE || votes.epoch() != epoch_.value || votes.block() != block.view())
      return broken(Reason::PROOF_INVALID, ".finalization", "not a finalization of this record in its epoch");
    if (votes.validators_size() != votes.signatures_size())
      return broken(Reason::MALFORMED, ".finalization.signatures", "one signature a validator");
    if (static_cast<std::size_t>(votes.validators_size()) < voters_.quorum_size())
      return broken(Reason::NOT_ENOUGH_SIGNATURES, ".finalization",
                    std::to_string(votes.validators_size()) + " of " + std::to_string(voters_.size()) +
                        " validators, at least " + std::to_string(voters_.quorum_size()) + " are needed");
    const std::string payload = vote_payload(chain_id_, epoch_, View{votes.view()}, block);
    for (int i = 0; i < votes.validators_size(); ++i) {
      const auto signer = votes.validators(i);
      if (signer >= voters_.size() || (i > 0 && signer <= votes.validators(i - 1)))
        return broken(Reason::FIELD_OUT_OF_RANGE, ".finalization.validators",
                      "ascending indices below " + std::to_string(voters_.size()));
      const auto signature = Signature::from_bytes(votes.signatures(i));
      if (!signature || !verify_tagged(voters_[signer].key, kFinalizeTag, payload, *signature))
        return broken(Reason::BAD_SIGNATURE, ".finalization.signatures[" + std::to_string(i) + "]",
                      "not the signature of " + voters_[signer].participant);
    }
    return {};
  }

  [[nodiscard]] Result<ValidatorSet> check_set(const Digest& named) const {
    std::vector<Validator> validators;
    std::set<std::string> participants;
    std::set<PublicKey> keys;
    for (const v1::EpochValidator& each : link_.validators()) {
      const auto key = PublicKey::from_bytes(each.node_key());
      if (!key || !participants.insert(each.participant()).second || !keys.insert(*key).second)
        return broken(Reason::MALFORMED, ".validators", "distinct participants with distinct keys of 32 bytes");
      validators.push_back({each.participant(), *key});
    }
    ValidatorSet set(std::move(validators));
    if (set.size() == 0 || set.digest() != named)
      return broken(Reason::PROOF_INVALID, ".validators", "not the set that the record names: " + named.hex());
    return set;
  }

  const Digest& chain_id_;
  const ValidatorSet& voters_;
  Epoch epoch_;
  const v1::EpochLink& link_;
  std::string path_;
};

}  // namespace

const ValidatorSet* EpochSets::of(Epoch epoch) const {
  return epoch.value >= 1 && epoch.value <= sets.size() ? &sets[epoch.value - 1] : nullptr;
}

const ValidatorSet& EpochSets::signing(LogSize size) const {
  const auto below = std::ranges::count_if(closed, [&](LogSize each) { return each < size; });
  return sets[static_cast<std::size_t>(below)];
}

Result<void> extend_walk(const GenesisDocument& genesis, EpochSets& known, const v1::EpochLink& link) {
  if (known.closed.size() == kEpochLinksMax)
    return fail(Reason::FIELD_OUT_OF_RANGE, "epochs", "at most " + std::to_string(kEpochLinksMax) + " links");
  const ValidatorSet voters = known.sets.back();
  return LinkChecker(genesis.chain_id, voters, Epoch{known.sets.size()}, link).extend(known);
}

Result<EpochSets> walk_epochs(const GenesisDocument& genesis, std::span<const v1::EpochLink* const> links) {
  EpochSets known{{genesis.validators}, {}};
  for (const v1::EpochLink* link : links) {
    if (auto extended = extend_walk(genesis, known, *link); !extended) return std::unexpected(extended.error());
  }
  return known;
}

Result<EpochSets> walk_epochs(const GenesisDocument& genesis, std::string_view chain) {
  v1::EpochChain message;
  constexpr StrictLimits kLimits{.text_bytes_max = kCodeBytesMax, .repeated_max = kEpochLinksMax};
  if (auto parsed = parse_strict(chain, message, kLimits); !parsed) return std::unexpected(parsed.error());
  return walk_epochs(genesis, std::span<const v1::EpochLink* const>(message.links().data(),
                                                                    static_cast<std::size_t>(message.links_size())));
}

}  // namespace kimberlite
