#include "consensus/messages.h"

#include <string>

namespace kimberlite::consensus {

namespace {

/// One message's checks: the same context for every kind.
struct Checker {
  Epoch epoch;
  std::size_t validators;
  const VoteVerifier& verifier;

  /// Kind known, epoch ours, view from 1, a digest exactly where the kind demands one.
  [[nodiscard]] Result<void> subject(VoteKind kind, Epoch of_epoch, View view, const Digest& block,
                                     const std::string& field) const {
    if (kind != VoteKind::kNotarize && kind != VoteKind::kNullify && kind != VoteKind::kFinalize)
      return fail(Reason::FIELD_OUT_OF_RANGE, field + ".kind", "notarize, nullify or finalize");
    if (of_epoch != epoch)
      return fail(Reason::FIELD_OUT_OF_RANGE, field + ".epoch",
                  "epoch " + std::to_string(epoch.value) + ", found " + std::to_string(of_epoch.value));
    if (view.value == 0) return fail(Reason::FIELD_OUT_OF_RANGE, field + ".view", "views are numbered from 1");
    if (block.is_zero() != (kind == VoteKind::kNullify))
      return fail(Reason::MALFORMED, field + ".block", "a digest, except in a vote to nullify");
    return {};
  }

  [[nodiscard]] Result<void> vote(const Vote& vote, const std::string& field) const {
    if (auto checked = subject(vote.kind, vote.epoch, vote.view, vote.block, field); !checked) return checked;
    if (vote.validator >= validators)
      return fail(Reason::FIELD_OUT_OF_RANGE, field + ".validator", "an index below " + std::to_string(validators));
    if (!verifier.verify(vote))
      return fail(Reason::BAD_SIGNATURE, field + ".signature",
                  "the signature of validator " + std::to_string(vote.validator));
    return {};
  }

  Result<void> operator()(const VoteMessage& message) const { return vote(message.vote, "vote"); }

  Result<void> operator()(const Certificate& certificate) const {
    const std::string field = "certificate";
    if (auto checked = subject(certificate.kind, certificate.epoch, certificate.view, certificate.block, field);
        !checked)
      return checked;
    const auto& signers = certificate.validators;
    if (signers.size() != certificate.signatures.size())
      return fail(Reason::MALFORMED, field + ".signatures", "one signature a validator");
    for (std::size_t i = 0; i < signers.size(); ++i) {
      if (signers[i] >= validators)
        return fail(Reason::FIELD_OUT_OF_RANGE, field + ".validators", "indices below " + std::to_string(validators));
      if (i > 0 && signers[i - 1] >= signers[i])
        return fail(Reason::MALFORMED, field + ".validators", "ascending and distinct");
    }
    if (signers.size() < quorum(validators))
      return fail(Reason::MALFORMED, field + ".validators",
                  "at least " + std::to_string(quorum(validators)) + " votes, found " + std::to_string(signers.size()));
    for (std::size_t i = 0; i < signers.size(); ++i) {
      const Vote one{certificate.kind,  certificate.epoch, certificate.view,
                     certificate.block, signers[i],        certificate.signatures[i]};
      if (!verifier.verify(one))
        return fail(Reason::BAD_SIGNATURE, field + ".signatures[" + std::to_string(i) + "]",
                    "the signature of validator " + std::to_string(signers[i]));
    }
    return {};
  }

  Result<void> operator()(const Proposal& proposal) const {
    const auto& block = proposal.block;
    if (proposal.vote.kind != VoteKind::kNotarize || proposal.vote.block != block.digest)
      return fail(Reason::WRONG_PARTY, "proposal.vote", "the proposer's notarize vote on the block proposed");
    if (block.height.value == 0) return fail(Reason::FIELD_OUT_OF_RANGE, "proposal.block.height", "at least 1");
    if (block.view.value == 0 || block.view > proposal.vote.view)
      return fail(Reason::FIELD_OUT_OF_RANGE, "proposal.block.view", "from 1 to the view of the vote");
    const bool again = block.view < proposal.vote.view;
    if (proposal.parent_view >= proposal.vote.view || (again && proposal.parent_view < block.view))
      return fail(Reason::FIELD_OUT_OF_RANGE, "proposal.parent_view", "a view between the block's and the vote's");
    return vote(proposal.vote, "proposal.vote");
  }

  Result<void> operator()(const CertificateRequest& request) const {
    if (request.epoch != epoch)
      return fail(Reason::FIELD_OUT_OF_RANGE, "request.epoch",
                  "epoch " + std::to_string(epoch.value) + ", found " + std::to_string(request.epoch.value));
    return {};
  }
};

}  // namespace

Result<void> verify_message(const Message& message, Epoch epoch, std::size_t validators, const VoteVerifier& verifier) {
  return std::visit(Checker{epoch, validators, verifier}, message);
}

}  // namespace kimberlite::consensus
