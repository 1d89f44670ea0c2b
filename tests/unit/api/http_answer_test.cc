// What each HTTP path answers, over a real store; how HTTP is spoken is in http_server_test.cc.
#include "node/api/http_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proto/merkle_log.h"
#include "tests/unit/api/log_fixture.h"

namespace kimberlite::api {
namespace {

using testing::HasSubstr;

constexpr std::size_t kEntries = 600;  // two full tiles and 88 entries

class HttpAnswerTest : public testing::Test {
 protected:
  LogFixture log_{kEntries};
  HttpSources sources_ = log_.sources();

  HttpAnswer get(std::string_view target) { return answer_get(sources_, target); }

  /// The concatenated leaf hashes from `first` on.
  std::string leaf_hashes(std::size_t first, std::size_t count) {
    std::string bytes;
    for (std::size_t i = first; i < first + count; ++i) bytes += leaf_hash(log_.leaves()[i]).view();
    return bytes;
  }
};

TEST_F(HttpAnswerTest, TilesAreTheLeafHashes) {
  EXPECT_EQ(get("/tile/0/000").body, leaf_hashes(0, 256));
  EXPECT_EQ(get("/tile/0/001").body, leaf_hashes(256, 256));
  EXPECT_EQ(get("/tile/0/002.p/88").body, leaf_hashes(512, 88));
  EXPECT_EQ(get("/tile/0/002.p/1").body, leaf_hashes(512, 1));
  EXPECT_EQ(get("/tile/0/001.p/200").body, leaf_hashes(256, 200));
}

TEST_F(HttpAnswerTest, HigherTilesAreTheRootsOfThoseBelow) {
  CompactRange first;
  CompactRange second;
  for (std::size_t i = 0; i < 256; ++i) {
    first.append(leaf_hash(log_.leaves()[i]));
    second.append(leaf_hash(log_.leaves()[256 + i]));
  }
  const std::string both = std::string(first.root().view()) + std::string(second.root().view());
  EXPECT_EQ(get("/tile/1/000.p/2").body, both);
  EXPECT_EQ(get("/tile/1/000.p/1").body, first.root().view());
  EXPECT_EQ(get("/tile/1/000.p/3").status, 404U);
}

TEST_F(HttpAnswerTest, EntryBundlesHoldTheLeavesBehindTheirLengths) {
  for (const auto& [target, first, count] :
       {std::tuple{"/tile/entries/001", 256, 256}, std::tuple{"/tile/entries/002.p/88", 512, 88}}) {
    std::string expected;
    for (int i = first; i < first + count; ++i) {
      const std::string& leaf = log_.leaves()[static_cast<std::size_t>(i)];
      expected.push_back(static_cast<char>(leaf.size() / 256));
      expected.push_back(static_cast<char>(leaf.size() % 256));
      expected += leaf;
    }
    EXPECT_EQ(get(target).body, expected) << target;
  }
}

TEST_F(HttpAnswerTest, TilesAreBytesForEverAndForEveryPage) {
  for (const char* target : {"/tile/0/000", "/tile/0/002.p/88", "/tile/entries/000", "/tile/entries/002.p/88"}) {
    const HttpAnswer answer = get(target);
    EXPECT_EQ(answer.status, 200U) << target;
    EXPECT_EQ(answer.content_type, "application/octet-stream");
    EXPECT_THAT(std::string(answer.cache_control), HasSubstr("immutable"));
    EXPECT_TRUE(answer.cross_origin);
  }
}

TEST_F(HttpAnswerTest, WhatTheLogDoesNotHaveIsNotFoundAndNotCached) {
  for (const char* target : {"/tile/0/002", "/tile/0/002.p/89", "/tile/0/003", "/tile/0/003.p/1", "/tile/1/000",
                             "/tile/2/000.p/1", "/tile/63/000.p/1", "/tile/entries/002", "/tile/entries/002.p/89",
                             "/tile/entries/x018/x446/x744/x073/x709/x551/615"}) {
    const HttpAnswer answer = get(target);
    EXPECT_EQ(answer.status, 404U) << target;
    EXPECT_EQ(answer.cache_control, "no-cache");
    EXPECT_THAT(answer.body, HasSubstr("600 entries"));
  }
}

TEST_F(HttpAnswerTest, MalformedTilePathsAreBadRequests) {
  for (const char* target : {"/tile/0/0", "/tile/64/000", "/tile/0/000.p/256", "/tile/entries/x000/000", "/tile/"}) {
    EXPECT_EQ(get(target).status, 400U) << target;
  }
}

TEST_F(HttpAnswerTest, TheLogOfAMembersNetworkIsNotForEveryone) {
  const LogFixture closed(10, v1::LOG_READERS_MEMBERS);
  const HttpSources sources = closed.sources();
  EXPECT_EQ(answer_get(sources, "/tile/0/000.p/1").status, 403U);
  EXPECT_EQ(answer_get(sources, "/tile/entries/000.p/1").status, 403U);
  EXPECT_EQ(answer_get(sources, "/checkpoint").status, 200U);
}

TEST_F(HttpAnswerTest, CheckpointIsTextAndNeverStale) {
  const HttpAnswer answer = get("/checkpoint");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.body, "note\n");
  EXPECT_EQ(answer.content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(answer.cache_control, "no-cache");
  EXPECT_TRUE(answer.cross_origin);
}

TEST_F(HttpAnswerTest, NoCheckpointYetIsNotFound) {
  sources_.checkpoint = [] { return std::string(); };
  EXPECT_EQ(get("/checkpoint").status, 404U);
}

TEST_F(HttpAnswerTest, GenesisIsTheDocument) {
  const HttpAnswer answer = get("/genesis");
  EXPECT_EQ(answer.body, "{}");
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_TRUE(answer.cross_origin);
}

TEST_F(HttpAnswerTest, MetricsAreNotForOtherPages) {
  const HttpAnswer answer = get("/metrics");
  EXPECT_EQ(answer.body, "figures\n");
  EXPECT_EQ(answer.content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_FALSE(answer.cross_origin);
}

TEST_F(HttpAnswerTest, LivenessAndReadiness) {
  EXPECT_EQ(get("/livez").status, 200U);
  EXPECT_EQ(get("/readyz").status, 200U);
  sources_.readiness = [] { return Readiness{false, "waiting for 1 of AE, IN"}; };
  EXPECT_EQ(get("/livez").status, 200U);
  const HttpAnswer answer = get("/readyz");
  EXPECT_EQ(answer.status, 503U);
  EXPECT_EQ(answer.body, "waiting for 1 of AE, IN\n");
}

TEST_F(HttpAnswerTest, ThePageNamesTheNetworkAndItsEndpointsAndEscapesThem) {
  const HttpAnswer answer = get("/");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(answer.body, HasSubstr("diamonds &amp; &lt;friends&gt;"));
  EXPECT_THAT(answer.body, testing::Not(HasSubstr("<friends>")));
  EXPECT_THAT(answer.body, HasSubstr("600 entries in 6 blocks"));
  for (const char* path : {"/checkpoint", "/tile/", "/genesis", "/readyz", "/livez", "/metrics"}) {
    EXPECT_THAT(answer.body, HasSubstr(path));
  }
}

TEST_F(HttpAnswerTest, AQueryIsIgnored) {
  EXPECT_EQ(get("/checkpoint?cache=7").body, "note\n");
  EXPECT_EQ(get("/tile/0/000?x").status, 200U);
}

TEST_F(HttpAnswerTest, OtherPathsAreNotFound) {
  for (const char* target :
       {"/checkpoint/", "/Checkpoint", "/tile", "/favicon.ico", "/../etc/passwd", "//", "/genesis.json"}) {
    EXPECT_EQ(get(target).status, 404U) << target;
  }
}

/// A store whose disk fails.
class BrokenSnapshot final : public storage::Snapshot {
 public:
  explicit BrokenSnapshot(std::shared_ptr<const storage::Snapshot> whole) : whole_(std::move(whole)) {}
  std::optional<std::string> get(std::string_view key) const override { return whole_->get(key); }
  storage::MapPagePtr page(const storage::MapPageId& id) const override { return whole_->page(id); }
  Digest state_root() const override { return whole_->state_root(); }
  const storage::Tip& tip() const override { return whole_->tip(); }
  std::vector<storage::StateItem> list(std::string_view, std::string_view, std::size_t) const override { return {}; }
  std::optional<storage::EnvelopeLocation> find_envelope(const Digest&) const override { return std::nullopt; }
  Result<std::vector<std::string>> leaves(LogIndex, std::size_t, std::size_t) const override { return broken(); }
  Result<Digest> log_node(unsigned, std::uint64_t) const override { return broken(); }
  Result<std::string> tile(unsigned, std::uint64_t, unsigned) const override { return broken(); }
  Result<std::string> entry_bundle(std::uint64_t, unsigned) const override { return broken(); }
  std::optional<std::string> record_leaf(Height) const override { return std::nullopt; }
  std::optional<Height> height_of(const Digest&) const override { return std::nullopt; }
  std::optional<std::string> epoch_link(Epoch) const override { return std::nullopt; }
  CompactRange log_range() const override { return {}; }

 private:
  static std::unexpected<Error> broken() { return fail(Reason::STORE_IO, "log", "the disk is gone"); }
  std::shared_ptr<const storage::Snapshot> whole_;
};

TEST_F(HttpAnswerTest, AFailingStoreIsSaidToFailAndNeverCached) {
  sources_.snapshot = [whole = sources_.snapshot] { return std::make_shared<const BrokenSnapshot>(whole()); };
  for (const char* target : {"/tile/0/000", "/tile/entries/000"}) {
    const HttpAnswer answer = get(target);
    EXPECT_EQ(answer.status, 500U) << target;
    EXPECT_EQ(answer.cache_control, "no-cache");
    EXPECT_THAT(answer.body, HasSubstr("STORE_IO"));
  }
}

}  // namespace
}  // namespace kimberlite::api
