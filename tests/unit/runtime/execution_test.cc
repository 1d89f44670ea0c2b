// Execution: what one replica builds another accepts; every altered field or envelope is refused by its own reason.
#include "node/runtime/execution.h"

#include <gtest/gtest.h>

#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "node/ledger/genesis_state.h"
#include "node/ledger/transaction.h"
#include "node/runtime/clock.h"
#include "proto/strict.h"
#include "tests/unit/runtime/test_network.h"

namespace kimberlite::runtime {
namespace {

constexpr const char* kLargeImport = "EC-9999999";
/// Work of a draw on it, which looks for a lot, finds the import and writes it, and draws of a costly envelope.
constexpr std::size_t kDrawBytes = 80'000;
constexpr std::size_t kAccessesOfADraw = 3;
constexpr std::size_t kDraws = 50;

class ExecutionTest : public ::testing::Test {
 protected:
  ExecutionTest() : network_({"AE", "BW", "EC", "IN"}), builder_(open("builder")), replica_(open("replica")) {}

  struct Side {
    std::unique_ptr<storage::Store> store;
    std::unique_ptr<Execution> execution;
  };

  Side open(const std::string& name, const StateChanges& more = {}) {
    auto state = ledger::genesis_state(network_.genesis());
    state.insert(more.begin(), more.end());
    auto store = storage::Store::open({network_.folder() / name, network_.genesis().chain_id, std::move(state)});
    EXPECT_TRUE(store) << (store ? "" : store.error().to_string());
    Side side{*std::move(store), nullptr};
    side.execution = std::make_unique<Execution>(network_.genesis().chain_id, network_.genesis().validators.digest(),
                                                 side.store->snapshot());
    return side;
  }

  EnvelopePtr envelope(std::uint64_t number) {
    auto opened = open_envelope(network_.issue("BW", "EC", number), network_.genesis().chain_id);
    EXPECT_TRUE(opened);
    return *opened;
  }

  ExecutedPtr build(std::vector<EnvelopePtr> candidates, bool allow_empty = false) {
    const Digest parent = builder_.execution->newest();
    return builder_.execution->build(
        parent, {View{++view_}, TimeMs{wall_now_ms().value + 10 * static_cast<std::int64_t>(view_)}, "BW"}, candidates,
        allow_empty,
        [this](const EnvelopePtr&, const ledger::Refusal& refusal) { skipped_.push_back(refusal.reason); });
  }

  // Builder and replica begin anew with an import of BW's on the ledger, whose record is so large that each draw on it
  // costs kDrawBytes.
  void begin_with_large_import() {
    v1::CertificateRecord record;
    record.set_number(kLargeImport);
    record.set_state(v1::CERTIFICATE_STATE_CONFIRMED);
    record.set_exporter("EC");
    record.set_importer("BW");
    record.set_origin("EC");
    record.set_received_centicarats(1'000'000);
    record.add_history()->set_cause(
        std::string((kDrawBytes - kAccessesOfADraw * ledger::kRecordAccessBytes) / 2 - record.ByteSizeLong(), 'x'));
    const StateChanges large{{std::string("certificate/") + kLargeImport, serialize_canonical(record)}};
    builder_ = open("costly builder", large);
    replica_ = open("costly replica", large);
  }
  // It costs a little less than an envelope may; refused at its end if it is not `good`.
  EnvelopePtr costly(std::uint64_t number, bool good) {
    std::vector<std::string> sources(kDraws, kLargeImport);
    if (!good) sources.back() = "EC-7777777";
    auto opened = open_envelope(network_.reexport("BW", "AE", number, sources), network_.genesis().chain_id);
    EXPECT_TRUE(opened);
    return *opened;
  }

  // Why the replica refuses a block that has these envelopes and is otherwise like this one.
  Error refusal_with(const ExecutedPtr& block, const std::vector<EnvelopePtr>& envelopes) {
    BlockHeader header = block->header;
    header.count = envelopes.size();
    CompactRange range;
    for (const auto& each : envelopes) range.append(leaf_hash(encode_accepted_leaf(each->signed_bytes())));
    header.events_root = range.root();
    const auto executed = replica_.execution->execute(encode_block_leaf(header), envelopes);
    const auto final_one = replica_.execution->execute_final(encode_block_leaf(header), envelopes);
    EXPECT_FALSE(executed || final_one);
    EXPECT_EQ(executed.error().reason, final_one.error().reason);
    return executed.error();
  }

  // Makes blocks final in a side's store.
  static void commit(Side& side, const std::vector<ExecutedPtr>& blocks) {
    std::vector<storage::FinalBlock> final_blocks;
    for (const auto& block : blocks) {
      auto& final_block =
          final_blocks.emplace_back(storage::FinalBlock{block->record_leaf, block->header, {}, {}, block->state, {}});
      for (const auto& entry : block->envelopes) {
        final_block.envelope_leaves.push_back(encode_accepted_leaf(entry->signed_bytes()));
        final_block.envelope_ids.push_back(entry->id());
      }
    }
    ASSERT_TRUE(side.store->commit(final_blocks, "finalization"));
  }

  // The reason for which the replica refuses the block once `alter` had its way with the record.
  Reason refusal(const ExecutedBlock& block, const std::function<void(BlockHeader&)>& alter) {
    BlockHeader header = block.header;
    alter(header);
    const auto executed = replica_.execution->execute(encode_block_leaf(header), block.envelopes);
    EXPECT_FALSE(executed);
    return executed ? Reason::NOT_FOUND : executed.error().reason;
  }

  TestNetwork network_;
  Side builder_;
  Side replica_;
  std::uint64_t view_{};
  std::vector<Reason> skipped_;
};

TEST_F(ExecutionTest, S5ReplicaReachesTheSameRoots) {
  const auto first = build({envelope(1), envelope(2)});
  const auto second = build({envelope(3)});
  ASSERT_TRUE(first && second);
  for (const auto& block : {first, second}) {
    const auto executed = replica_.execution->execute(block->record_leaf, block->envelopes);
    ASSERT_TRUE(executed) << executed.error().to_string();
    EXPECT_EQ((*executed)->digest, block->digest);
    EXPECT_EQ((*executed)->range.root(), block->range.root());
  }
}

// Catching up: the roots between are taken on trust, the last one is computed, with all that changed since.
TEST_F(ExecutionTest, BlocksKnownToBeFinalReachTheSameStateWithOneMapUpdate) {
  const std::vector blocks{build({envelope(1), envelope(2)}), build({}, true), build({envelope(3)})};
  std::vector<ExecutedPtr> followed;
  for (const auto& block : blocks) {
    ASSERT_TRUE(block);
    const auto executed = replica_.execution->execute_final(block->record_leaf, block->envelopes);
    ASSERT_TRUE(executed) << executed.error().to_string();
    EXPECT_TRUE((*executed)->state->deferred());
    followed.push_back(*executed);
  }
  ASSERT_TRUE(Execution::complete(*followed.back()));
  ASSERT_TRUE(Execution::complete(*followed.back())) << "complete already";
  EXPECT_FALSE(followed.back()->state->deferred());
  EXPECT_EQ(followed.back()->range.root(), blocks.back()->range.root());
  commit(replica_, followed);
  commit(builder_, blocks);
  const auto ours = replica_.store->snapshot();
  const auto theirs = builder_.store->snapshot();
  EXPECT_EQ(ours->tip().state_root, theirs->tip().state_root);
  EXPECT_EQ(ours->tip().log_root, theirs->tip().log_root);
  const auto keys = ours->list("", "", 100);
  ASSERT_FALSE(keys.empty());
  for (const auto& item : keys) {
    EXPECT_EQ(storage::prove_state(*ours, item.key).siblings, storage::prove_state(*theirs, item.key).siblings);
  }
}

TEST_F(ExecutionTest, AFalseRootOfARunIsFoundAtItsEnd) {
  const auto block = build({envelope(1)});
  ASSERT_TRUE(block);
  BlockHeader header = block->header;
  header.state_root = sha256("other");
  const auto executed = replica_.execution->execute_final(encode_block_leaf(header), block->envelopes);
  ASSERT_TRUE(executed);
  const auto completed = Execution::complete(**executed);
  ASSERT_FALSE(completed);
  EXPECT_EQ(completed.error().reason, Reason::STATE_ROOT_DIFFERS);
}

TEST_F(ExecutionTest, RefusedAndRepeatedEnvelopesAreLeftOut) {
  const auto one = envelope(1);
  const auto block = build({one, one, envelope(1), envelope(2)});
  ASSERT_TRUE(block);
  EXPECT_EQ(block->envelopes.size(), 2U);
  EXPECT_EQ(skipped_.front(), Reason::DUPLICATE_NUMBER);
  EXPECT_FALSE(build({one}));
  EXPECT_TRUE(build({}, true));
}

TEST_F(ExecutionTest, EveryAlteredFieldIsRefused) {
  const auto block = build({envelope(1)});
  ASSERT_TRUE(block);
  EXPECT_EQ(refusal(*block, [](auto& header) { header.chain_id = sha256("other"); }), Reason::WRONG_NETWORK);
  EXPECT_EQ(refusal(*block, [](auto& header) { header.validators = sha256("other"); }), Reason::LEAF_ALTERED);
  EXPECT_EQ(refusal(*block, [](auto& header) { header.next_validators = sha256("other"); }), Reason::LEAF_ALTERED);
  EXPECT_EQ(refusal(*block, [](auto& header) { header.height = Height{2}; }), Reason::LEAF_ALTERED);
  EXPECT_EQ(refusal(*block, [](auto& header) { header.first_index = LogIndex{1}; }), Reason::LEAF_ALTERED);
  EXPECT_EQ(refusal(*block, [](auto& header) { header.count = 2; }), Reason::LEAF_ALTERED);
  EXPECT_EQ(refusal(*block, [](auto& header) { header.events_root = sha256("other"); }), Reason::PROOF_INVALID);
  EXPECT_EQ(refusal(*block, [](auto& header) { header.state_root = sha256("other"); }), Reason::STATE_ROOT_DIFFERS);
}

TEST_F(ExecutionTest, BlockTimeMustRise) {
  const auto first = build({envelope(1)});
  const auto second = build({envelope(2)});
  ASSERT_TRUE(first && second);
  ASSERT_TRUE(replica_.execution->execute(first->record_leaf, first->envelopes));
  EXPECT_EQ(refusal(*second, [&](auto& header) { header.time_ms = first->header.time_ms; }), Reason::LEAF_ALTERED);
}

TEST_F(ExecutionTest, OtherEnvelopesThanTheRecordsAreRefused) {
  const auto block = build({envelope(1)});
  ASSERT_TRUE(block);
  const auto executed = replica_.execution->execute(block->record_leaf, {envelope(2)});
  ASSERT_FALSE(executed);
  EXPECT_EQ(executed.error().reason, Reason::PROOF_INVALID);
}

// Its body could never be sent: whoever was asked for it would have to stop.
TEST_F(ExecutionTest, ABlockThatHoldsMoreThanABlockMayIsRefused) {
  const auto block = build({envelope(1)});
  ASSERT_TRUE(block);
  const std::vector<EnvelopePtr> many(kBlockEnvelopesMax + 1, envelope(2));
  EXPECT_EQ(refusal_with(block, many).reason, Reason::FIELD_OUT_OF_RANGE);
  EXPECT_EQ(refusal_with(block, many).field, "count");
  EXPECT_EQ(refusal_with(block, {many.begin(), many.end() - 1}).reason, Reason::ENVELOPE_REPLAYED);

  v1::Event event;
  event.mutable_participant_withdraw()->set_cause(std::string(kTextBytesMax, 'c'));
  const auto long_one = open_envelope(network_.sign_by_root("BW", event), network_.genesis().chain_id);
  ASSERT_TRUE(long_one);
  const std::size_t fit = kBlockBytesMax / (*long_one)->signed_bytes().size();
  ASSERT_LT(fit, kBlockEnvelopesMax);
  const std::vector<EnvelopePtr> heavy(fit + 1, *long_one);
  EXPECT_EQ(refusal_with(block, heavy).reason, Reason::FIELD_OUT_OF_RANGE);
  EXPECT_EQ(refusal_with(block, heavy).field, "envelopes");
  EXPECT_NE(refusal_with(block, {heavy.begin(), heavy.end() - 1}).reason, Reason::FIELD_OUT_OF_RANGE);
}

// Every replica would spend more than a leader's time on it.
TEST_F(ExecutionTest, ABlockThatCostsMoreThanABlockMayIsNeitherBuiltNorExecuted) {
  begin_with_large_import();
  std::vector<EnvelopePtr> all;
  for (std::uint64_t number = 1; number <= kBlockWorkBytesMax / (kDraws * kDrawBytes) + 1; ++number)
    all.push_back(costly(number, true));
  const auto block = build(all);
  ASSERT_TRUE(block);
  EXPECT_TRUE(skipped_.empty());
  EXPECT_EQ(block->envelopes.size(), all.size() - 1);
  EXPECT_EQ(refusal_with(block, all).reason, Reason::TOO_COSTLY);
  EXPECT_TRUE(replica_.execution->execute(block->record_leaf, block->envelopes));
}

// All of one key's may be in vain, and in front of all else.
TEST_F(ExecutionTest, WhatIsRefusedOfOneKeepsNobodyElseOutOfABlock) {
  begin_with_large_import();
  std::vector<EnvelopePtr> all;
  for (std::uint64_t number = 1; number <= 10; ++number) all.push_back(costly(number, false));
  const EnvelopePtr same_key = envelope(1'000);
  const auto opened = open_envelope(network_.issue("IN", "EC", 1), network_.genesis().chain_id);
  ASSERT_TRUE(opened);
  all.insert(all.end(), {same_key, *opened});
  const auto block = build(all);
  ASSERT_TRUE(block);
  EXPECT_EQ(block->envelopes, std::vector{*opened});
  EXPECT_EQ(skipped_.size(), kRefusedWorkOfKeyMax / (kDraws * kDrawBytes) + 1);
}

TEST_F(ExecutionTest, WhoeverHasMoreThanAShareWaitingStandsBehindTheOthersWithTheRest) {
  constexpr std::size_t kShare = kBlockEnvelopesMax / kSharesOfBlock;
  std::vector<EnvelopePtr> all;
  for (std::uint64_t number = 1; number <= kShare + 5; ++number) all.push_back(envelope(number));
  const auto other = open_envelope(network_.issue("IN", "EC", 1), network_.genesis().chain_id);
  ASSERT_TRUE(other);
  all.push_back(*other);
  const auto block = build(all);
  ASSERT_TRUE(block);
  ASSERT_EQ(block->envelopes.size(), all.size()) << "there is room for all";
  EXPECT_EQ(block->envelopes[kShare], *other);
  EXPECT_TRUE(replica_.execution->execute(block->record_leaf, block->envelopes));
}

TEST_F(ExecutionTest, CommittedBlocksLeaveTheTreeAndTheirChildrenStay) {
  const auto first = build({envelope(1)});
  const auto second = build({envelope(2)});
  ASSERT_TRUE(first && second);
  commit(builder_, {first});
  builder_.execution->advance(builder_.store->snapshot());
  EXPECT_FALSE(builder_.execution->find(first->digest));
  EXPECT_TRUE(builder_.execution->find(second->digest));
  EXPECT_TRUE(builder_.execution->final_location(first->envelopes[0]->id()));
  EXPECT_TRUE(builder_.execution->trial(*envelope(1), wall_now_ms()).refusal);
  EXPECT_FALSE(builder_.execution->trial(*envelope(3), wall_now_ms()).refusal);
  const auto third = build({envelope(3)});
  ASSERT_TRUE(third);
  EXPECT_EQ(third->header.height.value, 3U);
}

TEST_F(ExecutionTest, AnEnvelopeIsOnItsOwnChainAndNotOnARivals) {
  Execution& execution = *builder_.execution;
  const auto shared = envelope(1);
  const auto lone = envelope(2);
  const Digest genesis = execution.newest();
  const auto block = [&](const Digest& parent, const std::vector<EnvelopePtr>& candidates) {
    return execution.build(parent,
                           {View{++view_}, TimeMs{wall_now_ms().value + 10 * static_cast<std::int64_t>(view_)}, "BW"},
                           candidates, false, [](const EnvelopePtr&, const ledger::Refusal&) {});
  };
  const auto losing = block(genesis, {shared, lone});
  const auto winning = block(genesis, {shared});
  ASSERT_TRUE(losing && winning) << "each chain may have it";
  EXPECT_EQ(block(losing->digest, {lone}), nullptr) << "it is there already";
  const auto child = block(winning->digest, {lone});
  ASSERT_TRUE(child);
  EXPECT_TRUE(execution.undecided_has(shared->id()));
  EXPECT_TRUE(execution.undecided_has(lone->id()));

  commit(builder_, {winning});
  execution.advance(builder_.store->snapshot());
  EXPECT_EQ(execution.undecided(), 1U) << "the rival is gone";
  EXPECT_FALSE(execution.undecided_has(shared->id()));
  EXPECT_TRUE(execution.final_location(shared->id()));
  EXPECT_TRUE(execution.undecided_has(lone->id()));
  commit(builder_, {child});
  execution.advance(builder_.store->snapshot());
  EXPECT_FALSE(execution.undecided_has(lone->id()));
  EXPECT_EQ(build({shared, lone}), nullptr);
}

TEST_F(ExecutionTest, RememberedValuesFollowTheFinalState) {
  const auto before = builder_.store->snapshot();
  const auto block = build({envelope(1), envelope(2)});
  ASSERT_TRUE(block);
  const StateChanges& changes = block->state->changes();
  ASSERT_FALSE(changes.empty());
  const FinalState older(before);
  const FinalState forgetful(before);
  for (const auto& [key, value] : changes) EXPECT_EQ(older.get(key), forgetful.get(key));
  commit(builder_, {block});
  const auto after = builder_.store->snapshot();
  const FinalState newer(after, older, {std::cref(changes)});
  const FinalState blind(after, forgetful, {});  // the broken variant: not told what changed
  for (const auto& [key, value] : changes) {
    EXPECT_EQ(newer.get(key), after->get(key)) << key;
    EXPECT_EQ(older.get(key), before->get(key)) << key;
    EXPECT_NE(blind.get(key), after->get(key)) << key;
  }
  for (std::size_t i = 0; i <= kRememberedValuesMax; ++i) EXPECT_FALSE(newer.get("none/" + std::to_string(i)));
  for (const auto& [key, value] : changes) EXPECT_EQ(newer.get(key), after->get(key)) << "after forgetting all";
}

TEST_F(ExecutionTest, ProposalsWithoutEndStayWithinTheBound) {
  const Digest parent = builder_.execution->newest();
  for (std::uint64_t i = 1; i <= kTreeBlocksMax + 20; ++i) {
    builder_.execution->build(parent, {View{i}, wall_now_ms(), "BW"}, {}, true,
                              [](const EnvelopePtr&, const ledger::Refusal&) {});
  }
  EXPECT_LE(builder_.execution->undecided(), kTreeBlocksMax);
}

TEST_F(ExecutionTest, ABlockThatChangesTheSetClosesItsEpoch) {
  const auto key = SecretKey::generate();
  const auto change = open_envelope(network_.register_node("BW", key.public_key()), network_.genesis().chain_id);
  ASSERT_TRUE(change);
  const auto closing = build({envelope(1), *change, envelope(2)});
  ASSERT_TRUE(closing);
  EXPECT_EQ(closing->envelopes.size(), 3U);
  EXPECT_TRUE(closing->ref().closes_epoch);
  ASSERT_TRUE(replica_.execution->execute(closing->record_leaf, closing->envelopes));
  const auto next = build({envelope(3)});
  ASSERT_TRUE(next);
  EXPECT_EQ(next->header.epoch, Epoch{2});
  EXPECT_EQ(next->header.validators, closing->header.next_validators);
  EXPECT_FALSE(next->ref().closes_epoch);
  EXPECT_TRUE(replica_.execution->execute(next->record_leaf, next->envelopes));
}

TEST_F(ExecutionTest, ARecordThatLiesAboutTheNextSetIsRefused) {
  const auto key = SecretKey::generate();
  const auto change = open_envelope(network_.register_node("BW", key.public_key()), network_.genesis().chain_id);
  const auto closing = build({*change});
  ASSERT_TRUE(closing);
  EXPECT_EQ(refusal(*closing, [](BlockHeader& header) { header.next_validators = sha256("mine"); }),
            Reason::LEAF_ALTERED);
  EXPECT_EQ(refusal(*closing, [](BlockHeader& header) { header.next_validators = Digest{}; }), Reason::LEAF_ALTERED);
  EXPECT_EQ(refusal(*closing, [](BlockHeader& header) { header.epoch = Epoch{2}; }), Reason::LEAF_ALTERED);
}

}  // namespace
}  // namespace kimberlite::runtime
