// Joining by a snapshot: from peers that are honest, silent, behind, or lie in each thing that they can say; cut short
// and gone on with. Whole nodes that join and then vote are here too; a daemon that is killed meanwhile is in
// tests/cluster.
#include "node/runtime/snapshot_sync.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <filesystem>

#include "node/ledger/genesis_state.h"
#include "node/runtime/codec.h"
#include "node/runtime/node.h"
#include "node/runtime/range_answer.h"
#include "node/runtime/snapshot_start.h"
#include "node/runtime/startup.h"
#include "node/runtime/state_snapshots.h"
#include "proto/assert.h"
#include "storage/state_snapshot.h"
#include "tests/unit/runtime/test_network.h"

namespace kimberlite::runtime {
namespace {

constexpr std::uint64_t kEvery = 4;
constexpr std::size_t kSmallChunk = 512;

/// Steady time that leaps to the next timer instead of passing, while this lives. REQUIRES: no node runs.
class LeapingTime final : public SimulatedTime {
 public:
  LeapingTime() { simulated_time = this; }
  ~LeapingTime() override { simulated_time = nullptr; }
  LeapingTime(const LeapingTime&) = delete;
  LeapingTime& operator=(const LeapingTime&) = delete;

  [[nodiscard]] std::chrono::steady_clock::time_point steady_now() const override { return now_; }
  [[nodiscard]] TimeMs wall_now_ms() const override { return TimeMs{1}; }
  void sleeps(std::chrono::steady_clock::duration wait) override { now_ += std::max(wait, decltype(wait)::zero()); }

 private:
  std::chrono::steady_clock::time_point now_ = std::chrono::steady_clock::now();
};

/// A network that ran through a change of epoch; its nodes are stopped, and their stores answer for them.
class SnapshotSyncTest : public ::testing::Test {
 protected:
  SnapshotSyncTest() : network_(kFour), workers_(1) {
    for (const auto& code : kFour) network_.configuration(code).snapshot_every_blocks = 0;
    network_.start_all();
    for (std::uint64_t number = 1; number <= 6; ++number) issue(number);
    const auto key = SecretKey::generate();
    KIMBERLITE_ASSERT(network_.submit("AE", network_.register_node("IN", key.public_key())).outcome == Outcome::kFinal,
                      "the key is replaced");
    network_.stop("IN");
    network_.set_node_key("IN", key);
    network_.start("IN");
    KIMBERLITE_ASSERT(network_.wait_epoch(2), "an epoch begins");
    for (std::uint64_t number = 7; number <= 12; ++number) issue(number);
    KIMBERLITE_ASSERT(network_.wait_equal(network_.node("AE").snapshot()->tip().height.value), "all have all");
    for (const auto& code : kFour) network_.stop(code);
    store_ = *storage::Store::open({network_.configuration("BW").data_dir / "store", network_.genesis().chain_id,
                                    ledger::genesis_state(network_.genesis())});
    const auto folder = network_.folder() / "offered";
    KIMBERLITE_ASSERT(
        storage::StateSnapshot::take(folder, *store_->snapshot(), store_->finalization(), kSmallChunk).has_value(),
        "a snapshot is taken");
    offered_ = std::make_unique<StateSnapshots>(folder, kEvery, *store_, workers_.get_executor());
    begin();
  }

  void issue(std::uint64_t number) {
    KIMBERLITE_ASSERT(network_.submit("AE", network_.issue("BW", "EC", number)).outcome == Outcome::kFinal,
                      "an event is final");
  }
  // A new process, as it were: what is on disk stays.
  void begin() {
    sync_.reset();
    import_.reset();
    import_ = *storage::StoreImport::open(
        {network_.folder() / "made", network_.genesis().chain_id, ledger::genesis_state(network_.genesis())});
    sync_ = std::make_unique<SnapshotSync>(
        network_.genesis(), *import_, core_,
        SnapshotSync::Port{
            .send = [this](std::size_t peer, const v1::PeerMessage& message) { answer(peer, message); },
            .punish = [this](std::size_t peer, const Error& why) { punished_.emplace(peer, why.reason); },
            .connected_peers = [this] { return connected_; },
            .validators = [this](const ValidatorSet& validators) { validators_ = validators; },
            .done =
                [this](const Result<void>& result) {
                  result_ = result;
                  core_.stop();
                }});
  }
  // As if nothing was fetched and nobody punished.
  void begin_anew() {
    std::filesystem::remove_all(network_.folder() / "made");
    std::filesystem::remove_all(network_.folder() / "made.import");
    begin();
    punished_.clear();
  }
  // Peers answer a little later, each with what the honest store says, after `spoil_` had its hands on it.
  void answer(std::size_t peer, const v1::PeerMessage& request) {
    ++asked_[request.kind_case()];
    std::string bytes;
    StateSnapshots& offered = peer == 0 && offered_by_first_ ? *offered_by_first_ : *offered_;
    if (request.has_snapshot_request()) bytes = offered.offer();
    if (request.has_epoch_links_request())
      bytes = offered.epoch_links(Epoch{request.epoch_links_request().first_epoch()});
    if (request.has_state_chunk_request())
      bytes = offered.chunk(Height{request.state_chunk_request().height()}, request.state_chunk_request().chunk());
    if (request.has_log_range_request()) {
      const auto& range = request.log_range_request();
      bytes = answer_range(*store_->snapshot(),
                           {LogIndex{range.first_index()}, LogSize{range.target_size()}, range.count()});
    }
    auto message = std::make_shared<v1::PeerMessage>();
    ASSERT_TRUE(message->ParseFromString(bytes));
    if (spoil_ && !spoil_(peer, *message)) return;
    boost::asio::post(core_, [this, peer, message] { sync_->receive(peer, *message); });
  }
  // True if the store was made within the time.
  bool run(std::int64_t ms = 20'000) {
    result_.reset();
    core_.restart();
    boost::asio::post(core_, [this] { sync_->start(); });
    core_.run_for(std::chrono::milliseconds(ms));
    return result_ && *result_;
  }
  void expect_same_store() {
    sync_.reset();
    import_.reset();
    const auto made = storage::Store::open(
        {network_.folder() / "made", network_.genesis().chain_id, ledger::genesis_state(network_.genesis())});
    ASSERT_TRUE(made) << made.error().to_string();
    const auto here = store_->snapshot();
    const auto there = (*made)->snapshot();
    EXPECT_EQ(there->tip().block, here->tip().block);
    EXPECT_EQ(there->state_root(), here->state_root());
    EXPECT_EQ(there->tip().log_root, here->tip().log_root);
    EXPECT_EQ(there->epoch_link(Epoch{1}), here->epoch_link(Epoch{1}));
    EXPECT_EQ((*made)->finalization(), store_->finalization());
  }

  TestNetwork network_;
  boost::asio::thread_pool workers_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<StateSnapshots> offered_;
  std::unique_ptr<StateSnapshots> offered_by_first_;  // by peer 0, if it offers another
  std::unique_ptr<storage::StoreImport> import_;
  boost::asio::io_context core_;
  std::unique_ptr<SnapshotSync> sync_;
  std::vector<std::size_t> connected_ = {0, 1, 2};
  std::function<bool(std::size_t peer, v1::PeerMessage&)> spoil_;  // false: no answer
  std::map<std::size_t, Reason> punished_;
  std::map<int, int> asked_;
  std::optional<ValidatorSet> validators_;
  std::optional<Result<void>> result_;
};

TEST_F(SnapshotSyncTest, MakesTheStoreOfItsPeers) {
  ASSERT_TRUE(run());
  EXPECT_TRUE(punished_.empty());
  ASSERT_TRUE(validators_);
  EXPECT_EQ(validators_->digest(), validators_of_link(*store_->snapshot()->epoch_link(Epoch{1})).digest());
  EXPECT_GT(asked_[v1::PeerMessage::kStateChunkRequest], 1) << "there are several chunks";
  expect_same_store();
}

TEST_F(SnapshotSyncTest, EveryLieIsFoundAndItsTellerDropped) {
  using Falsify = std::function<bool(v1::PeerMessage&)>;  // false: of this message nothing false was said
  const std::vector<std::pair<const char*, Falsify>> lies = {
      {"a chunk with an item altered",
       [](v1::PeerMessage& message) {
         if (!message.has_state_chunk() || message.state_chunk().items().empty()) return false;
         message.mutable_state_chunk()->mutable_items(0)->mutable_value()->append("!");
         return true;
       }},
      {"a chunk with an item left out",
       [](v1::PeerMessage& message) {
         if (!message.has_state_chunk() || message.state_chunk().items().empty()) return false;
         message.mutable_state_chunk()->mutable_items()->RemoveLast();
         return true;
       }},
      {"a leaf altered",
       [](v1::PeerMessage& message) {
         if (!message.has_log_range()) return false;
         message.mutable_log_range()->mutable_leaves(0)->append("!");
         return true;
       }},
      {"a record that nobody finalized, higher than the true one",
       [](v1::PeerMessage& message) {
         if (!message.has_snapshot_offer()) return false;
         auto header = decode_block_leaf(message.snapshot_offer().record_leaf());
         header->height.value += 100;
         auto& offer = *message.mutable_snapshot_offer();
         offer.set_record_leaf(encode_block_leaf(*header));
         offer.mutable_finalization()->set_block(std::string(block_digest(offer.record_leaf()).view()));
         return true;
       }},
      {"a finalization with too few signatures",
       [](v1::PeerMessage& message) {
         if (!message.has_snapshot_offer()) return false;
         auto& finalization = *message.mutable_snapshot_offer()->mutable_finalization();
         auto header = decode_block_leaf(message.snapshot_offer().record_leaf());
         header->height.value += 100;  // so that it is chosen
         message.mutable_snapshot_offer()->set_record_leaf(encode_block_leaf(*header));
         finalization.set_block(std::string(block_digest(message.snapshot_offer().record_leaf()).view()));
         finalization.mutable_validators()->RemoveLast();
         finalization.mutable_signatures()->RemoveLast();
         return true;
       }},
      {"bytes that are no record",
       [](v1::PeerMessage& message) {
         if (!message.has_snapshot_offer()) return false;
         message.mutable_snapshot_offer()->set_record_leaf("no record");
         return true;
       }},
  };
  for (const auto& [name, lie] : lies) {
    SCOPED_TRACE(name);
    begin_anew();
    std::optional<std::size_t> liar;  // the first who can
    spoil_ = [&lie, &liar](std::size_t peer, v1::PeerMessage& message) {
      if (liar.value_or(peer) == peer && lie(message)) liar = peer;
      return true;
    };
    ASSERT_TRUE(run());
    ASSERT_TRUE(liar);
    EXPECT_TRUE(punished_.contains(*liar));
    EXPECT_EQ(punished_.size(), 1U);
    expect_same_store();
  }
}

// The block is true, what one peer says of it is not: the others said something else.
TEST_F(SnapshotSyncTest, ALieOfATrueBlockIsNotBlamedOnOthers) {
  const std::vector<std::pair<const char*, std::function<void(v1::SnapshotOffer&)>>> lies = {
      {"a signature that does not hold",
       [](v1::SnapshotOffer& offer) { offer.mutable_finalization()->mutable_signatures(0)->back() ^= 1; }},
      {"another page above the chunks", [](v1::SnapshotOffer& offer) { offer.mutable_top(0)->back() ^= 1; }},
  };
  for (const auto& [name, lie] : lies) {
    SCOPED_TRACE(name);
    begin_anew();
    spoil_ = [&lie](std::size_t peer, v1::PeerMessage& message) {
      if (peer == 0 && message.has_snapshot_offer()) lie(*message.mutable_snapshot_offer());
      return true;
    };
    ASSERT_TRUE(run());
    EXPECT_EQ(punished_.size(), 1U);
    EXPECT_TRUE(punished_.contains(0));
    expect_same_store();
  }
}

// Who is asked for links is asked alone: with one peer first, the lie is met.
TEST_F(SnapshotSyncTest, FalseLinksAreFoundAndOthersAsked) {
  bool told = false;
  spoil_ = [&told](std::size_t peer, v1::PeerMessage& message) {
    if (peer != 0 || !message.has_epoch_links()) return true;
    told = true;
    message.mutable_epoch_links()->mutable_links(0)->mutable_validators(0)->set_participant("ZZ");
    return true;
  };
  ASSERT_TRUE(run());
  EXPECT_TRUE(told);
  EXPECT_EQ(punished_.size(), 1U);
  EXPECT_EQ(punished_.at(0), Reason::PROOF_INVALID);
  expect_same_store();
}

// Or a peer could fill the memory with them, or never come to their end.
TEST_F(SnapshotSyncTest, LinksThatAreMadeUpAreFoundAtTheFirst) {
  spoil_ = [](std::size_t peer, v1::PeerMessage& message) {
    if (peer != 0 || !message.has_epoch_links()) return true;
    v1::EpochLink link;
    link.set_record_leaf(std::string(1'000'000, 'r'));
    *message.mutable_epoch_links()->add_links() = link;
    message.mutable_epoch_links()->set_epochs_ended(1'000'000);
    return true;
  };
  ASSERT_TRUE(run());
  EXPECT_EQ(punished_.size(), 1U);
  EXPECT_TRUE(punished_.contains(0));
  EXPECT_EQ(asked_[v1::PeerMessage::kEpochLinksRequest], 2) << "of the liar once, and of another";
  expect_same_store();
}

// It offers what nobody else has, and gives a chunk of it just often enough to seem to go on.
TEST_F(SnapshotSyncTest, WhoTricklesDoesNotHoldUpTheOthers) {
  constexpr std::int64_t kTrickleMs = 8'000;
  constexpr std::size_t kSmallerChunk = 16;
  const auto folder = network_.folder() / "trickled";
  ASSERT_TRUE(storage::StateSnapshot::take(folder, *store_->snapshot(), store_->finalization(), kSmallerChunk));
  offered_by_first_ = std::make_unique<StateSnapshots>(folder, kEvery, *store_, workers_.get_executor());
  LeapingTime time;
  auto last = NodeClock::now();
  spoil_ = [&](std::size_t peer, v1::PeerMessage& message) {
    if (peer != 0 || !message.has_state_chunk()) return true;
    if (NodeClock::now() - last < std::chrono::milliseconds(kTrickleMs)) return false;
    last = NodeClock::now();
    return true;
  };
  const auto begun = NodeClock::now();
  ASSERT_TRUE(run());
  const auto took = NodeClock::now() - begun;
  EXPECT_GE(took, std::chrono::milliseconds(kSnapshotSoleMs));
  EXPECT_LT(took, std::chrono::milliseconds(kSnapshotSoleMs + 60'000));
  EXPECT_TRUE(punished_.empty());
  expect_same_store();
}

TEST_F(SnapshotSyncTest, SilentPeersArePassedOver) {
  spoil_ = [](std::size_t peer, v1::PeerMessage& message) {
    return peer != 0 || message.has_snapshot_offer();  // it offers, and then says nothing
  };
  ASSERT_TRUE(run());
  EXPECT_TRUE(punished_.empty());
  expect_same_store();
}

TEST_F(SnapshotSyncTest, GoesOnAfterACrashWithoutAskingAgainForWhatItHas) {
  std::size_t chunks = 0;
  spoil_ = [&chunks](std::size_t, v1::PeerMessage& message) { return !message.has_state_chunk() || ++chunks <= 10; };
  ASSERT_FALSE(run(2'500));
  const auto missing = import_->missing().size();
  const auto leaves = import_->log_size();
  ASSERT_GT(missing, 0U);
  ASSERT_EQ(leaves, store_->snapshot()->tip().log_size);
  asked_.clear();
  spoil_ = nullptr;
  begin();
  ASSERT_TRUE(run());
  EXPECT_EQ(static_cast<std::size_t>(asked_[v1::PeerMessage::kStateChunkRequest]), missing);
  EXPECT_EQ(asked_[v1::PeerMessage::kLogRangeRequest], 0);
  expect_same_store();
}

TEST_F(SnapshotSyncTest, WithoutAnOfferItWaits) {
  spoil_ = [](std::size_t, v1::PeerMessage& message) { return !message.has_snapshot_offer(); };
  EXPECT_FALSE(run(1'500));
  EXPECT_FALSE(result_);
  spoil_ = nullptr;
  EXPECT_TRUE(run());
}

// Whole nodes: one whose disk is gone joins with a new key, by a snapshot that the others took while they went on.
TEST(SnapshotJoin, ANodeJoinsAndItsVoteCounts) {
  TestNetwork network(kFour);
  for (const auto& code : kFour) network.configuration(code).snapshot_every_blocks = kEvery;
  network.start_all();
  std::uint64_t number = 0;
  const auto issue = [&](const std::string& through) {
    const auto result = network.submit(through, network.issue("BW", "EC", ++number));
    ASSERT_EQ(result.outcome, Outcome::kFinal) << network.node(through).status().core.why;
  };
  for (int i = 0; i < 5; ++i) issue("AE");
  network.stop("IN");
  std::filesystem::remove_all(network.configuration("IN").data_dir);
  const auto key = SecretKey::generate();
  ASSERT_EQ(network.submit("AE", network.register_node("IN", key.public_key())).outcome, Outcome::kFinal);
  network.set_node_key("IN", key);
  for (int i = 0; i < 10; ++i) issue("AE");

  const auto made = make_store_from_snapshot(network.configuration("IN"), "test");
  ASSERT_TRUE(made) << made.error().to_string();
  network.start("IN");
  const auto joined_at = network.node("IN").snapshot()->tip().height.value;
  EXPECT_GE(joined_at, 2 * kEvery);
  EXPECT_EQ(joined_at % kEvery, 0U);
  ASSERT_TRUE(network.wait_epoch(2));
  EXPECT_TRUE(network.wait_equal(network.node("AE").snapshot()->tip().height.value));
  EXPECT_TRUE(network.wait_votes("IN"));
  network.stop("AE");
  issue("IN");
  EXPECT_TRUE(network.wait_equal(network.node("IN").snapshot()->tip().height.value));
  const auto one = network.node("IN").snapshot();
  const auto other = network.node("BW").snapshot();
  EXPECT_EQ(*one->leaves(LogIndex{}, 1'000, 1U << 30U), *other->leaves(LogIndex{}, 1'000, 1U << 30U));
  // Where there is a store, nothing is made.
  network.stop("IN");
  EXPECT_TRUE(make_store_from_snapshot(network.configuration("IN"), "test"));
}

}  // namespace
}  // namespace kimberlite::runtime
