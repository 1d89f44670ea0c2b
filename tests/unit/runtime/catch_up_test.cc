// Whom a node asks when it catches up. What it does with the answers is shown by node_test.cc, on whole nodes.
#include "node/runtime/catch_up.h"

#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "kimberlite/v1/peer.pb.h"
#include "node/ledger/genesis_state.h"
#include "node/runtime/clock.h"
#include "node/runtime/range_answer.h"
#include "proto/assert.h"
#include "proto/block.h"
#include "tests/unit/runtime/test_network.h"

namespace kimberlite::runtime {
namespace {

void commit(storage::Store& store, const std::vector<ExecutedPtr>& blocks) {
  std::vector<storage::FinalBlock> final_blocks;
  for (const auto& block : blocks) {
    auto& final_block = final_blocks.emplace_back(storage::FinalBlock{
        .record_leaf = block->record_leaf, .header = block->header, .state = block->state, .epoch_link = {}});
    for (const auto& envelope : block->envelopes) {
      final_block.envelope_leaves.push_back(encode_accepted_leaf(envelope->signed_bytes()));
      final_block.envelope_ids.push_back(envelope->id());
    }
  }
  KIMBERLITE_ASSERT(store.commit(final_blocks, "finalization"), "the store takes them");
}

/// Makes the next block of a store final: the certificate with this number.
ExecutedPtr commit_next(TestNetwork& network, storage::Store& store, std::uint64_t number) {
  Execution builder(network.genesis().chain_id, network.genesis().validators.digest(), store.snapshot());
  const auto envelope = open_envelope(network.issue("BW", "EC", number), network.genesis().chain_id);
  KIMBERLITE_ASSERT(envelope, "an issued envelope is valid");
  const TimeMs time{std::max(wall_now_ms().value, store.snapshot()->tip().block_time_ms.value + 1)};
  const auto block = builder.build(builder.newest(), {View{number}, time, "BW"}, {*envelope}, false,
                                   [](const EnvelopePtr&, const ledger::Refusal&) {});
  commit(store, {block});
  return block;
}

BlockFrame frame_of(const ExecutedPtr& block) {
  return {block->digest, block->record_leaf, {}};
}

// A link that is up and carries nothing: with two of four nodes in that state towards each other, each catch-up began
// with the silent peer, lost its timeout, and the network made hardly any block.
TEST(CatchUp, SilentPeerCostsOneTimeoutAndNotOneEachTime) {
  constexpr std::size_t kSilent = 0;
  constexpr std::size_t kAnswers = 1;
  TestNetwork network({"AE", "BW", "EC", "IN"});
  const auto store = storage::Store::open(
      {network.folder() / "store", network.genesis().chain_id, ledger::genesis_state(network.genesis())});
  ASSERT_TRUE(store) << store.error().to_string();
  // What is asked for turns out to be final already, which ends a catch-up at once.
  const BlockFrame block = frame_of(commit_next(network, **store, 1));
  Execution execution(network.genesis().chain_id, network.genesis().validators.digest(), (*store)->snapshot());
  boost::asio::io_context core;
  boost::asio::thread_pool workers(1);
  std::vector<std::size_t> asked;
  CatchUp* running = nullptr;
  CatchUp::Port port;
  port.connected_peers = [] { return std::vector<std::size_t>{kSilent, kAnswers}; };
  port.request_block = [&](std::size_t peer, const Digest& /*digest*/) {
    asked.push_back(peer);
    if (peer == kAnswers) boost::asio::post(core, [&] { running->on_block(kAnswers, block); });
  };
  CatchUp catch_up(network.genesis().chain_id, execution, core, workers.get_executor(), 1, std::move(port));
  running = &catch_up;

  for (int i = 0; i < 2; ++i) {
    catch_up.start({.kind = consensus::VoteKind::kFinalize, .block = block.digest});
    core.run();
    core.restart();
    EXPECT_FALSE(catch_up.active());
  }
  EXPECT_EQ(asked, (std::vector<std::size_t>{kSilent, kAnswers, kAnswers}));
}

// A store of two blocks, and one at genesis that catches up with it from a single peer.
struct Behind {
  std::unique_ptr<storage::Store> open(const char* name) {
    return *storage::Store::open(
        {network.folder() / name, network.genesis().chain_id, ledger::genesis_state(network.genesis())});
  }

  Behind() {
    port.connected_peers = [] { return std::vector<std::size_t>{0}; };
    port.request_block = [this](std::size_t, const Digest&) { answer_with_target(); };
    port.request_range = [this](std::size_t, LogIndex from, std::uint64_t count, LogSize size) {
      before_range();
      v1::PeerMessage message;
      ASSERT_TRUE(message.ParseFromString(answer_range(*source->snapshot(), {from, size, count})));
      boost::asio::post(core, [this, range = *open_range(message.log_range())] { running->on_range(0, range); });
    };
  }

  void answer_with_target() {
    boost::asio::post(core, [this] { running->on_block(0, target); });
  }

  /// Until `caught_up` stops the loop.
  void run() {
    CatchUp catch_up(network.genesis().chain_id, execution, core, workers.get_executor(), 1, std::move(port));
    running = &catch_up;
    catch_up.start({.kind = consensus::VoteKind::kFinalize, .block = target.digest});
    core.run_for(std::chrono::seconds(20));
    workers.join();
  }

  TestNetwork network{kFour};
  std::unique_ptr<storage::Store> source = open("source");
  ExecutedPtr first = commit_next(network, *source, 1);
  BlockFrame target = frame_of(commit_next(network, *source, 2));
  std::unique_ptr<storage::Store> store = open("store");
  Execution execution{network.genesis().chain_id, network.genesis().validators.digest(), store->snapshot()};
  boost::asio::io_context core;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{core.get_executor()};
  boost::asio::thread_pool workers{1};
  std::function<void()> before_range = [] {};
  CatchUp::Port port;
  CatchUp* running = nullptr;
};

// Consensus may get hold of single bodies meanwhile and make them final: what is caught up with then begins below the
// tip.
TEST(CatchUp, BlocksThatBecameFinalMeanwhileAreLeftOut) {
  Behind behind;
  behind.before_range = [&] {
    // The first block is final here before the leaves come.
    commit(*behind.store, {*behind.execution.execute(behind.first->record_leaf, behind.first->envelopes)});
    behind.execution.advance(behind.store->snapshot());
  };
  std::vector<ExecutedPtr> committed;
  behind.port.commit = [&](std::vector<ExecutedPtr> blocks, const std::optional<consensus::Certificate>&,
                           const std::function<void()>& done) {
    committed = std::move(blocks);
    boost::asio::post(behind.core, done);
  };
  behind.port.caught_up = [&](const consensus::BlockRef&, const consensus::Certificate&) { behind.core.stop(); };
  behind.run();
  ASSERT_EQ(committed.size(), 1U);
  EXPECT_EQ(committed.front()->digest, behind.target.digest);
}

// A late answer of a peer that was passed over, say. It was taken for a new beginning, and consensus was told that the
// block is stored before it was.
TEST(CatchUp, TheLastBlockComesASecondTimeWhileTheDiskIsSlow) {
  Behind behind;
  boost::asio::steady_timer disk(behind.core);
  bool handed_on = false;
  bool stored = false;
  std::vector<bool> stored_when_told;
  behind.port.commit = [&](const std::vector<ExecutedPtr>& blocks, const std::optional<consensus::Certificate>&,
                           const std::function<void()>& done) {
    // As the core: what is on its way to the disk is not written twice.
    if (std::exchange(handed_on, true)) {
      boost::asio::post(behind.core, done);
      return;
    }
    behind.answer_with_target();
    disk.expires_after(std::chrono::milliseconds(500));
    disk.async_wait([&, blocks, done](const boost::system::error_code&) {
      ASSERT_TRUE(Execution::complete(*blocks.back()));
      commit(*behind.store, blocks);
      behind.execution.advance(behind.store->snapshot());
      stored = true;
      done();
      behind.core.stop();
    });
  };
  behind.port.caught_up = [&](const consensus::BlockRef&, const consensus::Certificate&) {
    stored_when_told.push_back(stored);
  };
  behind.run();
  EXPECT_EQ(stored_when_told, std::vector{true});
}

}  // namespace
}  // namespace kimberlite::runtime
