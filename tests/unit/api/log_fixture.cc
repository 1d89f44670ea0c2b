#include "tests/unit/api/log_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "kimberlite/v1/state.pb.h"
#include "proto/strict.h"

namespace kimberlite::api {

LogFixture::LogFixture(std::size_t entries, v1::LogReaders readers) {
  v1::NetworkRecord network;
  network.set_network_name("diamonds & <friends>");
  network.set_log_readers(readers);
  auto options = storage::testing::test_options(folder_.path());
  options.genesis_state["network"] = serialize_canonical(network);
  auto opened = storage::Store::open(options);
  EXPECT_TRUE(opened.has_value()) << opened.error().to_string();
  store_ = *std::move(opened);
  storage::testing::ChainBuilder chain(store_->snapshot());
  constexpr std::size_t kBlockEntries = 100;
  while (chain.leaves().size() < entries) {
    const std::size_t envelopes = std::min(kBlockEntries, entries - chain.leaves().size()) - 1;
    const storage::FinalBlock block = chain.next(envelopes);
    EXPECT_TRUE(store_->commit({&block, 1}, "finalization").has_value());
    chain.rebase(store_->snapshot());
  }
  leaves_ = chain.leaves();
}

HttpSources LogFixture::sources() const {
  return {.snapshot = [this] { return store_->snapshot(); },
          .checkpoint = [] { return std::string("note\n"); },
          .metrics = [] { return std::string("figures\n"); },
          .readiness = [] { return Readiness{true, ""}; },
          .genesis = [] { return std::string("{}"); }};
}

}  // namespace kimberlite::api
