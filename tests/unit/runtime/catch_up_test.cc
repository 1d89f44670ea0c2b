// Whom a node asks when it catches up. What it does with the answers is shown by node_test.cc, on whole nodes.
#include "node/runtime/catch_up.h"

#include <gtest/gtest.h>

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "node/ledger/genesis_state.h"
#include "node/runtime/clock.h"
#include "proto/assert.h"
#include "proto/block.h"
#include "tests/unit/runtime/test_network.h"

namespace kimberlite::runtime {
namespace {

/// Makes the first block of a store final.
BlockFrame commit_block(TestNetwork& network, storage::Store& store) {
  Execution builder(network.genesis().chain_id, network.genesis().validators.digest(), store.snapshot());
  const auto envelope = open_envelope(network.issue("BW", "EC", 1), network.genesis().chain_id);
  KIMBERLITE_ASSERT(envelope, "an issued envelope is valid");
  const auto block = builder.build(builder.newest(), {View{1}, TimeMs{wall_now_ms().value}, "BW"}, {*envelope}, false,
                                   [](const EnvelopePtr&, const ledger::Refusal&) {});
  const storage::FinalBlock final_block{.record_leaf = block->record_leaf,
                                        .header = block->header,
                                        .envelope_leaves = {encode_accepted_leaf((*envelope)->signed_bytes())},
                                        .envelope_ids = {(*envelope)->id()},
                                        .state = block->state,
                                        .epoch_link = {}};
  KIMBERLITE_ASSERT(store.commit({&final_block, 1}, "finalization"), "the store takes it");
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
  const BlockFrame block = commit_block(network, **store);
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

}  // namespace
}  // namespace kimberlite::runtime
