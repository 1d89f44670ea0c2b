// The set that votes (roll/validators.h): nodes registered, replaced and retired, participants admitted and withdrawn,
// and how much of the set one epoch may change. The small world has 8 validators, so f = 2.
#include <gtest/gtest.h>

#include <string>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "node/ledger/roll/validators.h"
#include "node/ledger/state_key.h"
#include "node/ledger/voting_set.h"
#include "tests/unit/ledger/event_builders.h"

namespace kimberlite::ledger::test {
namespace {

VotingSet set_of(const World& world) {
  return voting_set(world.state());
}

bool in_set(const World& world, const std::string& key_name) {
  return set_of(world).validators.index_of(key_named(key_name)).has_value();
}

TEST(Validators, GenesisGivesTheSetOfEpochOne) {
  const World world;
  EXPECT_EQ(set_of(world).epoch, Epoch{1});
  EXPECT_EQ(set_of(world).validators.size(), 8U);
}

TEST(Validators, ANewNodeKeyTakesThePlaceOfTheOldOneInTheNextEpoch) {
  World world;
  accept(world, root("BW"), register_node("BW/node2", ""));
  EXPECT_EQ(set_of(world).epoch, Epoch{2});
  EXPECT_EQ(set_of(world).validators.size(), 8U);
  EXPECT_TRUE(in_set(world, "BW/node2"));
  EXPECT_FALSE(in_set(world, "BW/node"));
  const auto old_key = world.state().record<v1::KeyRecord>(signing_key_key(key_named("BW/node").view()));
  EXPECT_EQ(old_key.revoked_ms(), world.now().value);
}

TEST(Validators, ANodeKeyIsRegisteredOnceForEver) {
  World world;
  expect_refused(world, root("BW"), register_node("BW/node"), Reason::KEY_EXISTS, "events[0].node_register.public_key");
  expect_refused(world, root("BW"), register_node("EC/root"), Reason::KEY_EXISTS, "events[0].node_register.public_key");
  accept(world, root("BW"), register_node("BW/node2"));
  world.begin_next_epoch();
  expect_refused(world, root("BW"), register_node("BW/node"), Reason::KEY_EXISTS, "events[0].node_register.public_key");
}

TEST(Validators, OnlyTheRootKeySpeaksForTheNode) {
  World world;
  expect_refused(world, node("BW"), register_node("BW/node2"), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, body("BW"), register_node("BW/node2"), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, body("BW"), retire_node(), Reason::SIGNER_NOT_AUTHORISED);
  expect_refused(world, body("BW"), withdraw(), Reason::SIGNER_NOT_AUTHORISED);
}

TEST(Validators, AParticipantNotYetOnTheRollRegistersNoNode) {
  World world;  // LR is admitted on 4 May
  expect_refused(world, root("LR"), register_node("LR/node2"), Reason::NOT_A_PARTICIPANT);
}

TEST(Validators, OneEpochChangesAtMostFOfThem) {
  World world;
  accept(world, root("BW"), register_node("BW/node2"));
  accept(world, root("EC"), register_node("EC/node2"));
  expect_refused(world, root("IN"), register_node("IN/node2"), Reason::TOO_MANY_CHANGES);
  expect_refused(world, root("IN"), retire_node(), Reason::TOO_MANY_CHANGES);
  expect_refused(world, root("IN"), withdraw(), Reason::TOO_MANY_CHANGES);
  expect_refused(world, root("EC"), admit("NA"), Reason::TOO_MANY_CHANGES);
  world.begin_next_epoch();
  EXPECT_EQ(set_of(world).epoch, Epoch{2});
  accept(world, root("IN"), register_node("IN/node2"));
  EXPECT_EQ(set_of(world).epoch, Epoch{3});
}

TEST(Validators, AParticipantRestsBetweenItsChangesWhereTheNetworkSaysSo) {
  v1::Genesis genesis = small_genesis();
  genesis.mutable_parameters()->set_node_change_rest_hours(24);
  World world(genesis);
  accept(world, root("BW"), register_node("BW/node2"));
  world.begin_next_epoch();
  expect_refused(world, root("BW"), register_node("BW/node3"), Reason::TOO_MANY_CHANGES);
  expect_refused(world, root("BW"), retire_node(), Reason::TOO_MANY_CHANGES);
  accept(world, root("IN"), register_node("IN/node2"));
  world.begin_next_epoch();
  world.advance_days(1);
  accept(world, root("BW"), retire_node());
  world.begin_next_epoch();
  expect_refused(world, root("BW"), register_node("BW/node3"), Reason::TOO_MANY_CHANGES);
  accept(world, root("BW"), withdraw());  // leaving needs no rest
}

TEST(Validators, AnEnvelopeThatChangesTooManyChangesNone) {
  World world;
  const StateChanges before = world.state().records();
  const Outcome outcome =
      world.submit(root("BW"), {register_node("BW/n2"), register_node("BW/n3"), register_node("BW/n4")});
  EXPECT_EQ(outcome.verdict(), "TOO_MANY_CHANGES");
  EXPECT_EQ(outcome.refusal->event_index, 2U);
  EXPECT_TRUE(world.state().changed_since(before).empty());
}

TEST(Validators, ARetiredNodeIsOutAndItsParticipantStays) {
  World world;
  accept(world, root("BW"), retire_node());
  EXPECT_FALSE(in_set(world, "BW/node"));
  world.begin_next_epoch();
  expect_refused(world, root("BW"), retire_node(), Reason::NO_VOTING_NODE);
  accept(world, body("BW"), event_of(production(world, "BW-0000001", "EC")));
  expect_refused(world, root("BW"), register_node("BW/node2", ""), Reason::MISSING_FIELD,
                 "events[0].node_register.node_address");
  accept(world, root("BW"), register_node("BW/node2"));
}

TEST(Validators, AtLeastFourRemain) {
  World world;
  for (const std::string code : {"BW", "EC", "IN", "AE"}) {
    accept(world, root(code), retire_node());
    world.begin_next_epoch();
  }
  ASSERT_EQ(set_of(world).validators.size(), 4U);
  expect_refused(world, root("ZA"), retire_node(), Reason::TOO_FEW_VALIDATORS);
  expect_refused(world, root("ZA"), withdraw(), Reason::TOO_FEW_VALIDATORS);
  accept(world, root("ZA"), register_node("ZA/node2"));
}

TEST(Validators, ADevelopmentNetworkGoesDownToOne) {
  v1::Genesis genesis = small_genesis();
  genesis.set_development(true);
  World world(genesis);
  for (const std::string code : {"BW", "EC", "IN", "AE", "ZA", "CI", "GH"}) {
    accept(world, root(code), retire_node());
    world.begin_next_epoch();
  }
  world.set_time(TimeMs{world.now().value + 200 * kDayMs});
  expect_refused(world, root("LR"), retire_node(), Reason::TOO_FEW_VALIDATORS);
}

TEST(Participants, TheChairAdmitsWithRootKeyAndNode) {
  World world;
  accept(world, root("EC"), admit("NA"));
  EXPECT_TRUE(in_set(world, "NA/node"));
  EXPECT_EQ(set_of(world).addresses.at("NA"), "node.NA.example:7000");
  accept(world, root("NA"), register_body("NA", "NA-AUTHORITY"));
  world.begin_next_epoch();
  expect_refused(world, root("EC"), admit("NA"), Reason::PARTICIPANT_EXISTS, "events[0].participant_admit.code");
}

TEST(Participants, OneWithoutANodeChangesNoSet) {
  World world;
  accept(world, root("EC"), admit("NA", false));
  EXPECT_EQ(set_of(world).epoch, Epoch{1});
}

TEST(Participants, OnlyTheChairAdmits) {
  World world;
  expect_refused(world, root("BW"), admit("NA"), Reason::NOT_CHAIR);
  expect_refused(world, body("EC"), admit("NA"), Reason::NOT_CHAIR);
}

TEST(Participants, AdmissionTakesKeysOfItsOwn) {
  World world;
  v1::Event taken_root = admit("NA");
  taken_root.mutable_participant_admit()->set_root_key(key_bytes("BW/root"));
  expect_refused(world, root("EC"), taken_root, Reason::KEY_EXISTS, "events[0].participant_admit.root_key");
  v1::Event taken_node = admit("NA");
  taken_node.mutable_participant_admit()->set_node_key(key_bytes("BW/node"));
  expect_refused(world, root("EC"), taken_node, Reason::KEY_EXISTS, "events[0].participant_admit.node_key");
  v1::Event one_key = admit("NA");
  one_key.mutable_participant_admit()->set_node_key(one_key.participant_admit().root_key());
  expect_refused(world, root("EC"), one_key, Reason::KEY_EXISTS, "events[0].participant_admit.node_key");
}

TEST(Participants, OneThatWithdrewReceivesNothingNewAndDoesNotVote) {
  World world;
  accept(world, root("AE"), withdraw());
  EXPECT_FALSE(in_set(world, "AE/node"));
  expect_refused(world, body("BW"), event_of(production(world, "BW-0000001", "AE")), Reason::IMPORTER_NOT_PARTICIPANT);
  world.begin_next_epoch();
  expect_refused(world, root("AE"), withdraw(), Reason::NOT_A_PARTICIPANT);
  expect_refused(world, root("EC"), admit("AE"), Reason::PARTICIPANT_EXISTS);
}

}  // namespace
}  // namespace kimberlite::ledger::test
