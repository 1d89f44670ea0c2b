// Certificates that certify nothing: those that hold with one thing changed, and some that it signed alone.
#include <vector>

#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/codec.h"
#include "tests/simulation/whole_node/liars/lies.h"

namespace kimberlite::whole_node {
namespace {

using consensus::VoteKind;

class BadCertificates final : public Lie {
 public:
  using Lie::Lie;

  bool take(const Letter& letter) override {
    if (!letter.message.has_certificate()) return false;
    remember(letter.message.certificate());
    if (!random().chance(kPerMille)) return false;
    v1::PeerMessage message = letter.message;
    change(*message.mutable_certificate());
    mouth().count(simulation::Fault::kBadCertificate);
    mouth().say(letter.to, message);
    return true;
  }

  void hear(const PublicKey& /*from*/, const FrameBytes& /*bytes*/, const v1::PeerMessage& message) override {
    if (message.has_certificate()) remember(message.certificate());
  }

  void speak() override {
    v1::PeerMessage message;
    auto& certificate = *message.mutable_certificate();
    if (heard_.empty() || random().chance(300)) {
      by_itself(certificate);
    } else {
      certificate = heard_[random().below(heard_.size())];
      change(certificate);
    }
    mouth().count(simulation::Fault::kBadCertificate);
    mouth().say(mouth().some_peers(), message);
  }

 private:
  static constexpr std::uint64_t kPerMille = 100;
  static constexpr std::size_t kHeardMax = 32;

  void remember(const v1::Certificate& certificate) {
    if (heard_.size() < kHeardMax)
      heard_.push_back(certificate);
    else
      heard_[random().below(kHeardMax)] = certificate;
  }

  void change(v1::Certificate& certificate) const {
    auto& signers = *certificate.mutable_validators();
    auto& signatures = *certificate.mutable_signatures();
    if (signers.empty() || signers.size() != signatures.size()) return;  // somebody else's lie
    const int one = static_cast<int>(random().below(static_cast<std::uint64_t>(signers.size())));
    switch (random().below(9)) {
      case 0:  // one signer counted twice
        signers[one] = signers[0];
        signatures[one] = signatures[0];
        return;
      case 1:
        signers[one] = static_cast<std::uint32_t>(random().below(1'000'000));
        return;
      case 2:  // not in order
        signers.SwapElements(0, one);
        signatures.SwapElements(0, one);
        return;
      case 3:  // one signature too few
        signatures.RemoveLast();
        return;
      case 4:  // one vote too few
        signers.RemoveLast();
        signatures.RemoveLast();
        return;
      case 5:
        return mouth().flip_bit(signatures[one]);
      case 6:  // of another kind: what was notarized as if it were final
        certificate.set_kind(certificate.kind() == v1::VOTE_KIND_FINALIZE ? v1::VOTE_KIND_NOTARIZE
                                                                          : v1::VOTE_KIND_FINALIZE);
        if (certificate.block().empty()) certificate.set_block(std::string(mouth().final_block().view()));
        return;
      case 7:
        certificate.set_view(certificate.view() + 1 + random().below(3));
        return;
      default:
        certificate.set_block(mouth().random_bytes(Digest::kSize));
    }
  }

  /// A quorum of its own votes.
  void by_itself(v1::Certificate& certificate) const {
    const bool nullify = random().chance(500);
    const auto vote = mouth().vote(nullify ? VoteKind::kNullify : VoteKind::kFinalize, mouth().epoch(), mouth().view(),
                                   mouth().random_digest());
    consensus::Certificate made{vote.kind, vote.epoch, vote.view, vote.block, {}, {}, {}};
    const ValidatorSet* voters = mouth().scene().log.voters(vote.epoch);
    const std::size_t quorum = voters == nullptr ? 3 : voters->quorum_size();
    const bool distinct = random().chance(500);
    for (consensus::ValidatorIndex i = 0; i < quorum; ++i) {
      made.validators.push_back(distinct ? i : vote.validator);
      made.signatures.push_back(vote.signature);
    }
    runtime::encode(made, certificate);
  }

  std::vector<v1::Certificate> heard_;
};

}  // namespace

LiePtr bad_certificates(Mouth& mouth) {
  return std::make_unique<BadCertificates>(mouth);
}

}  // namespace kimberlite::whole_node
