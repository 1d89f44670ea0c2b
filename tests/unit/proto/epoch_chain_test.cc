// The walk over epochs: each link of a sound chain is taken, and each alteration of one is refused with its place.
#include "proto/epoch_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "kimberlite/v1/proof.pb.h"
#include "proto/block.h"
#include "proto/strict.h"
#include "proto/vote_payload.h"
#include "samples.h"

namespace kimberlite {
namespace {

using ::testing::StartsWith;

const Digest kChainId = sha256("network");

// Participant number `index` with the key that it has in this epoch: in each epoch another one has a new key.
unsigned char key_number(std::size_t index, std::uint64_t epoch) {
  return static_cast<unsigned char>(10 * index + (epoch > index + 1 ? 2 : 1));
}

ValidatorSet set_of(std::uint64_t epoch) {
  std::vector<Validator> validators;
  for (std::size_t index = 0; index < 4; ++index) {
    const std::string code{static_cast<char>('A' + index), 'A'};
    validators.push_back({code, test::sample_key(key_number(index, epoch)).public_key()});
  }
  return ValidatorSet(std::move(validators));
}

GenesisDocument document() {
  return {.bytes = {}, .chain_id = kChainId, .genesis = nullptr, .validators = set_of(1)};
}

BlockHeader header_of(std::uint64_t epoch) {
  return {.chain_id = kChainId,
          .epoch = Epoch{epoch},
          .view = View{3},
          .height = Height{10 * epoch},
          .parent = sha256("parent"),
          .time_ms = TimeMs{1000},
          .proposer = "AA",
          .first_index = LogIndex{100 * epoch},
          .count = 4,
          .events_root = sha256("events"),
          .state_root = sha256("state"),
          .validators = set_of(epoch).digest(),
          .next_validators = set_of(epoch + 1).digest()};
}

void sign(v1::EpochLink& link, std::uint64_t epoch, const std::vector<std::uint32_t>& signers) {
  auto& votes = *link.mutable_finalization();
  const Digest block = block_digest(link.record_leaf());
  votes.set_kind(v1::VOTE_KIND_FINALIZE);
  votes.set_epoch(epoch);
  votes.set_view(5);
  votes.set_block(std::string(block.view()));
  votes.clear_validators();
  votes.clear_signatures();
  for (const auto signer : signers) {
    votes.add_validators(signer);
    const SecretKey key = test::sample_key(key_number(signer, epoch));
    const Signature signature = key.sign_tagged(kFinalizeTag, vote_payload(kChainId, Epoch{epoch}, View{5}, block));
    votes.add_signatures(std::string(signature.view()));
  }
}

v1::EpochLink link_of(std::uint64_t epoch, const BlockHeader& header) {
  v1::EpochLink link;
  link.set_record_leaf(encode_block_leaf(header));
  sign(link, epoch, {0, 1, 3});
  const ValidatorSet next = set_of(epoch + 1);
  for (const Validator& validator : next.all()) {
    auto& out = *link.add_validators();
    out.set_participant(validator.participant);
    out.set_node_key(std::string(validator.key.view()));
  }
  return link;
}

v1::EpochChain chain_of(std::uint64_t links) {
  v1::EpochChain chain;
  for (std::uint64_t epoch = 1; epoch <= links; ++epoch) *chain.add_links() = link_of(epoch, header_of(epoch));
  return chain;
}

Result<EpochSets> walk(const v1::EpochChain& chain) {
  return walk_epochs(document(), serialize_canonical(chain));
}

TEST(EpochChain, NoLinksLeadNowhere) {
  const auto known = walk({});
  ASSERT_TRUE(known);
  EXPECT_EQ(known->sets.size(), 1U);
  EXPECT_EQ(known->of(Epoch{2}), nullptr);
  EXPECT_EQ(known->of(Epoch{0}), nullptr);
}

TEST(EpochChain, ThreeLinksLeadToTheFourthSet) {
  const auto known = walk(chain_of(3));
  ASSERT_TRUE(known) << known.error().to_string();
  ASSERT_EQ(known->sets.size(), 4U);
  EXPECT_EQ(known->of(Epoch{4})->digest(), set_of(4).digest());
}

TEST(EpochChain, APrefixIsSignedByTheSetOfItsNewestBlock) {
  const auto known = walk(chain_of(2));  // epochs end at 105 and 205 leaves
  ASSERT_TRUE(known);
  const auto epoch_signing = [&](std::uint64_t size) {
    return known->signing(LogSize{size}).digest() == set_of(1).digest()   ? 1
           : known->signing(LogSize{size}).digest() == set_of(2).digest() ? 2
                                                                          : 3;
  };
  EXPECT_EQ(epoch_signing(105), 1);
  EXPECT_EQ(epoch_signing(106), 2);
  EXPECT_EQ(epoch_signing(205), 2);
  EXPECT_EQ(epoch_signing(206), 3);
}

struct Spoiled {
  std::string name;
  std::function<void(v1::EpochLink&)> spoil;
  Reason reason;
  std::string field;
};

// The record is altered, and signed again by those who voted for it: what is wrong is what it says.
std::function<void(v1::EpochLink&)> record(const std::function<void(BlockHeader&)>& alter) {
  return [alter](v1::EpochLink& link) {
    BlockHeader header = header_of(2);
    alter(header);
    link.set_record_leaf(encode_block_leaf(header));
    sign(link, 2, {0, 1, 3});
  };
}

TEST(EpochChain, EveryAlterationOfALinkIsRefused) {
  const std::vector<Spoiled> cases{
      {"record cut", [](auto& l) { l.mutable_record_leaf()->pop_back(); }, Reason::MALFORMED, ".record_leaf"},
      {"network", record([](auto& h) { h.chain_id = sha256("other"); }), Reason::WRONG_NETWORK, ".record_leaf"},
      {"epoch", record([](auto& h) { h.epoch = Epoch{3}; }), Reason::PROOF_INVALID, ".record_leaf"},
      {"voters", record([](auto& h) { h.validators = sha256("x"); }), Reason::PROOF_INVALID, ".record_leaf"},
      {"no end", record([](auto& h) { h.next_validators = {}; }), Reason::PROOF_INVALID, ".record_leaf"},
      {"another set named", record([](auto& h) { h.next_validators = sha256("x"); }), Reason::PROOF_INVALID,
       ".validators"},
      {"notarization", [](auto& l) { l.mutable_finalization()->set_kind(v1::VOTE_KIND_NOTARIZE); },
       Reason::PROOF_INVALID, ".finalization"},
      {"another block", [](auto& l) { l.mutable_finalization()->set_block(std::string(32, 'x')); },
       Reason::PROOF_INVALID, ".finalization"},
      {"another view", [](auto& l) { l.mutable_finalization()->set_view(6); }, Reason::BAD_SIGNATURE,
       ".finalization.signatures[0]"},
      {"too few", [](auto& l) { sign(l, 2, {0, 1}); }, Reason::NOT_ENOUGH_SIGNATURES, ".finalization"},
      {"one counted twice", [](auto& l) { sign(l, 2, {0, 1, 1}); }, Reason::FIELD_OUT_OF_RANGE,
       ".finalization.validators"},
      {"out of range", [](auto& l) { l.mutable_finalization()->set_validators(2, 9); }, Reason::FIELD_OUT_OF_RANGE,
       ".finalization.validators"},
      {"a signature less", [](auto& l) { l.mutable_finalization()->mutable_signatures()->RemoveLast(); },
       Reason::MALFORMED, ".finalization.signatures"},
      {"keys of the epoch before",
       [](auto& l) {
         sign(l, 1, {0, 1, 3});
         l.mutable_finalization()->set_epoch(2);
       },
       Reason::BAD_SIGNATURE, ".finalization.signatures[0]"},
      {"a validator less", [](auto& l) { l.mutable_validators()->RemoveLast(); }, Reason::PROOF_INVALID, ".validators"},
      {"a key twice", [](auto& l) { l.mutable_validators(1)->set_node_key(l.validators(0).node_key()); },
       Reason::MALFORMED, ".validators"},
      {"a short key", [](auto& l) { l.mutable_validators(1)->set_node_key("x"); }, Reason::MALFORMED, ".validators"},
  };
  for (const Spoiled& each : cases) {
    v1::EpochChain chain = chain_of(3);
    each.spoil(*chain.mutable_links(1));
    const auto known = walk(chain);
    ASSERT_FALSE(known) << each.name;
    EXPECT_EQ(known.error().reason, each.reason) << each.name << ": " << known.error().to_string();
    EXPECT_EQ(known.error().field, "epochs[1]" + each.field) << each.name;
  }
}

TEST(EpochChain, AMissingLinkIsNoticedByTheNext) {
  v1::EpochChain chain = chain_of(3);
  chain.mutable_links()->DeleteSubrange(1, 1);
  const auto known = walk(chain);
  ASSERT_FALSE(known);
  EXPECT_THAT(known.error().field, StartsWith("epochs[1]"));
}

TEST(EpochChain, AnUnknownFieldIsRefused) {
  const auto known = walk_epochs(document(), serialize_canonical(chain_of(1)) + std::string("\x7a\x01x", 3));
  ASSERT_FALSE(known);
  EXPECT_EQ(known.error().reason, Reason::UNKNOWN_FIELD);
}

}  // namespace
}  // namespace kimberlite
