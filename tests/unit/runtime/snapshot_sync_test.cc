// Joining by a snapshot: from peers that are honest, silent, behind, or lie in each thing that they can say; cut short
// and gone on with. Whole nodes that join and then vote are here too; a daemon that is killed meanwhile is in
// tests/cluster.
#include "node/runtime/snapshot_sync.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <utility>

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
    KIMBERLITE_ASSERT(network_.wait_equal(network_.node("AE").snapshot()->tip().height.value), "all have all");
    const auto key = SecretKey::generate();
    KIMBERLITE_ASSERT(network_.submit("AE", network_.register_node("IN", key.public_key())).outcome == Outcome::kFinal,
                      "the key is replaced");
    network_.stop("IN");
    take(*store_of("IN"), "older");
    network_.set_node_key("IN", key);
    network_.start("IN");
    KIMBERLITE_ASSERT(network_.wait_epoch(2), "an epoch begins");
    for (std::uint64_t number = 7; number <= 12; ++number) issue(number);
    KIMBERLITE_ASSERT(network_.wait_equal(network_.node("AE").snapshot()->tip().height.value), "all have all");
    for (const auto& code : kFour) network_.stop(code);
    store_ = store_of("BW");
    take(*store_, "offered");
    offered_ = snapshots_in("offered");
    begin();
  }

  // REQUIRES: the node is stopped.
  std::unique_ptr<storage::Store> store_of(const std::string& code) {
    return *storage::Store::open({network_.configuration(code).data_dir / "store", network_.genesis().chain_id,
                                  ledger::genesis_state(network_.genesis())});
  }
  void take(const storage::Store& store, const std::string& folder, std::size_t aim = kSmallChunk) const {
    KIMBERLITE_ASSERT(
        storage::StateSnapshot::take(network_.folder() / folder, *store.snapshot(), store.finalization(), aim)
            .has_value(),
        "a snapshot is taken");
  }
  std::unique_ptr<StateSnapshots> snapshots_in(const std::string& folder) {
    return std::make_unique<StateSnapshots>(network_.folder() / folder, kEvery, *store_, workers_.get_executor());
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
  Result<std::unique_ptr<storage::Store>> open_made() {
    sync_.reset();
    import_.reset();
    return storage::Store::open(
        {network_.folder() / "made", network_.genesis().chain_id, ledger::genesis_state(network_.genesis())});
  }
  void expect_older_store() {
    const auto made = open_made();
    ASSERT_TRUE(made) << made.error().to_string();
    const auto older = storage::StateSnapshot::newest(network_.folder() / "older");
    EXPECT_LT(older->header().height, store_->snapshot()->tip().height);
    EXPECT_EQ((*made)->snapshot()->tip().block, block_digest(older->manifest().record_leaf));
  }
  void expect_same_store() {
    const auto made = open_made();
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
  take(*store_, "trickled", kSmallerChunk);
  offered_by_first_ = snapshots_in("trickled");
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

// It offers what nobody else has, and something else as soon as it is asked for more of it.
TEST_F(SnapshotSyncTest, WhoChangesItsOfferDoesNotHoldUpTheOthers) {
  LeapingTime time;
  std::uint64_t ahead = 0;
  spoil_ = [&](std::size_t peer, v1::PeerMessage& message) {
    if (peer != 0 || (!message.has_snapshot_offer() && !message.has_epoch_links())) return true;
    if (!message.ParseFromString(offered_->offer())) return false;
    auto header = decode_block_leaf(message.snapshot_offer().record_leaf());
    header->height.value += ++ahead;
    message.mutable_snapshot_offer()->set_record_leaf(encode_block_leaf(*header));
    return true;
  };
  ASSERT_TRUE(run());
  EXPECT_GT(ahead, 1U) << "it changed its offer";
  EXPECT_TRUE(punished_.empty());
  expect_same_store();
}

// As honest peers do that took a newer snapshot while somebody joins.
TEST_F(SnapshotSyncTest, WhoTookANewerSnapshotIsAskedForThat) {
  LeapingTime time;
  auto newer = std::exchange(offered_, snapshots_in("older"));
  spoil_ = [&](std::size_t, v1::PeerMessage& message) {
    if (newer && message.has_state_chunk()) offered_ = std::move(newer);
    return true;
  };
  ASSERT_TRUE(run());
  EXPECT_TRUE(punished_.empty());
  expect_same_store();
}

// Two offer the same block of an epoch that never was, so that neither is alone with it. The links they give are true,
// but said to be but the first of many, and so walked again and again.
TEST_F(SnapshotSyncTest, LinksThatWereWalkedBeforeAreNoProgress) {
  LeapingTime time;
  spoil_ = [](std::size_t peer, v1::PeerMessage& message) {
    if (peer == 2) return true;
    if (message.has_epoch_links()) message.mutable_epoch_links()->set_epochs_ended(1'000);
    if (!message.has_snapshot_offer()) return true;
    auto header = decode_block_leaf(message.snapshot_offer().record_leaf());
    header->height.value += 100;
    header->epoch.value += 100;
    message.mutable_snapshot_offer()->set_record_leaf(encode_block_leaf(*header));
    return true;
  };
  ASSERT_TRUE(run());
  EXPECT_TRUE(punished_.empty());
  expect_same_store();
}

// One peer offers a newer block than the others do, and gives no chunk of it: if the log were fetched up to that block
// meanwhile, it would be too long for what the others offer.
TEST_F(SnapshotSyncTest, ASnapshotWithoutChunksCostsNoLog) {
  LeapingTime time;
  offered_by_first_ = std::exchange(offered_, snapshots_in("older"));
  spoil_ = [this](std::size_t peer, v1::PeerMessage& message) {
    if (message.has_log_range()) {
      EXPECT_TRUE(import_->missing().empty());
    }
    return peer != 0 || !message.has_state_chunk();
  };
  ASSERT_TRUE(run());
  EXPECT_TRUE(punished_.empty());
  expect_older_store();
}

// Else it would drop them for the chunks that another peer offers, and does not give.
TEST_F(SnapshotSyncTest, WithAllChunksItWaitsForTheLog) {
  constexpr std::int64_t kWithoutLogMs = 3 * kSnapshotStuckMs;
  LeapingTime time;
  offered_by_first_ = std::exchange(offered_, snapshots_in("older"));
  std::map<std::uint32_t, int> given;
  std::optional<NodeClock::time_point> log_asked_at;
  spoil_ = [&](std::size_t peer, v1::PeerMessage& message) {
    if (message.has_log_range()) {
      if (!log_asked_at) log_asked_at = NodeClock::now();
      return NodeClock::now() - *log_asked_at >= std::chrono::milliseconds(kWithoutLogMs);
    }
    if (!message.has_state_chunk()) return true;
    if (peer != 0) ++given[message.state_chunk().chunk()];
    return peer != 0;
  };
  ASSERT_TRUE(run());
  EXPECT_FALSE(given.empty());
  for (const auto& [chunk, times] : given) EXPECT_EQ(times, 1) << "chunk " << chunk;
  expect_older_store();
}

// As after a fetch of the log first, or after a crash while that of a newer snapshot was fetched.
TEST_F(SnapshotSyncTest, ALogBeyondAllOffersIsFetchedAnew) {
  offered_ = snapshots_in("older");
  const auto newest = storage::StateSnapshot::newest(network_.folder() / "offered");
  ASSERT_TRUE(import_->begin(newest->manifest()));
  ASSERT_TRUE(import_->append(*store_->snapshot()->leaves(LogIndex{}, 1'000, 1U << 30U)));
  begin();
  ASSERT_TRUE(run());
  EXPECT_TRUE(punished_.empty());
  expect_older_store();
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
  ASSERT_GT(missing, 0U);
  asked_.clear();
  spoil_ = [](std::size_t, v1::PeerMessage& message) { return !message.has_log_range(); };
  begin();
  ASSERT_FALSE(run(5'000));
  ASSERT_TRUE(import_->missing().empty());
  EXPECT_EQ(static_cast<std::size_t>(asked_[v1::PeerMessage::kStateChunkRequest]), missing);
  asked_.clear();
  spoil_ = nullptr;
  begin();
  ASSERT_TRUE(run());
  EXPECT_EQ(asked_[v1::PeerMessage::kStateChunkRequest], 0);
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
