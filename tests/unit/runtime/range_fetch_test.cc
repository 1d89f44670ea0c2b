// Fetching a stretch of the log from peers that answer well, late, in part, or with lies. What happens to the leaves is
// in catch_up_test.cc; whole nodes that catch up are in node_test.cc.
#include "node/runtime/range_fetch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>

#include "proto/merkle_log.h"

namespace kimberlite::runtime {
namespace {

/// A log in memory, and what an honest node answers from it.
class Log {
 public:
  explicit Log(std::uint64_t size) {
    for (std::uint64_t i = 0; i < size; ++i) append("leaf " + std::to_string(i));
  }

  [[nodiscard]] LogSize size() const { return range_.size(); }
  [[nodiscard]] Digest root() const { return range_.root(); }
  [[nodiscard]] const std::vector<std::string>& leaves() const { return leaves_; }
  [[nodiscard]] LogRangeFrame answer(LogIndex first, std::uint64_t count) const {
    const NodeReader read = [this](unsigned level, std::uint64_t index) -> Result<Digest> {
      return nodes_.at({level, index});
    };
    LogRangeFrame out{first, size(), *log_peaks(LogSize{first.value}, read), {}, {}};
    const auto from = leaves_.begin() + static_cast<std::ptrdiff_t>(first.value);
    out.leaves.assign(from, from + static_cast<std::ptrdiff_t>(count));
    out.consistency = *consistency_proof(LogSize{first.value + count}, size(), read);
    return out;
  }

 private:
  void append(std::string leaf) {
    range_.append(leaf_hash(leaf),
                  [this](unsigned level, std::uint64_t index, const Digest& hash) { nodes_[{level, index}] = hash; });
    leaves_.push_back(std::move(leaf));
  }

  CompactRange range_;
  std::vector<std::string> leaves_;
  std::map<std::pair<unsigned, std::uint64_t>, Digest> nodes_;
};

struct Request {
  std::size_t peer;
  LogIndex first;
  std::uint64_t count;
};

/// A fetch with peers that a test answers for.
class RangeFetchTest : public ::testing::Test {
 protected:
  RangeFetchTest() : fetch(core_, port()) {}

  void start(std::vector<std::size_t> connected, LogIndex first = {}) {
    peers = std::move(connected);
    fetch.start(first, log.size(), log.root());
  }
  /// Answers all requests, oldest first, until there are none; nullopt: this one is left without an answer.
  void answer_all(const std::function<std::optional<LogRangeFrame>(const Request&)>& make) {
    while (!requests.empty()) {
      const Request request = requests.front();
      requests.erase(requests.begin());
      if (auto answer = make(request)) fetch.on_range(request.peer, *std::move(answer));
      drain();
    }
  }
  void answer_honestly() {
    answer_all([this](const Request& request) { return log.answer(request.first, request.count); });
  }
  void drain() {
    while (auto leaves = fetch.take()) std::ranges::move(*leaves, std::back_inserter(taken));
  }
  void run_for(std::int64_t ms) {
    core_.restart();
    core_.run_for(std::chrono::milliseconds(ms));
  }
  void expect_all() const {
    EXPECT_TRUE(fetch.finished());
    EXPECT_EQ(taken, log.leaves());
  }

 private:
  RangeFetch::Port port() {
    return {.request = [this](std::size_t peer, LogIndex first, std::uint64_t count,
                              LogSize) { requests.push_back({peer, first, count}); },
            .punish = [this](std::size_t peer, const Error& why) { punished[peer] = why.reason; },
            .connected_peers = [this] { return peers; },
            .ready = [this] { ++told_ready; }};
  }
  boost::asio::io_context core_;

 protected:
  Log log{kSegmentLeaves * 40 + 77};
  std::vector<std::size_t> peers;
  std::vector<Request> requests;
  std::map<std::size_t, Reason> punished;
  std::vector<std::string> taken;
  int told_ready = 0;
  RangeFetch fetch;
};

TEST_F(RangeFetchTest, SeveralPeersAreAskedAtOnceAndLeavesComeInOrder) {
  start({0, 1, 2});
  ASSERT_EQ(requests.size(), 3 * kSegmentsPerPeerMax);
  std::ranges::reverse(requests);
  answer_honestly();
  expect_all();
  EXPECT_GT(told_ready, 0);
  EXPECT_TRUE(punished.empty());
}

TEST_F(RangeFetchTest, BeginsInTheMiddle) {
  constexpr std::uint64_t kFirst = 1'234;
  start({0}, LogIndex{kFirst});
  answer_honestly();
  EXPECT_TRUE(fetch.finished());
  EXPECT_EQ(taken, std::vector(log.leaves().begin() + kFirst, log.leaves().end()));
}

TEST_F(RangeFetchTest, NothingToFetchIsFinished) {
  start({0}, LogIndex{log.size().value});
  EXPECT_TRUE(fetch.finished());
  EXPECT_TRUE(requests.empty());
}

TEST_F(RangeFetchTest, AnAnswerInPartsIsPutTogether) {
  start({0, 1});
  answer_all([this](const Request& request) {
    return log.answer(request.first, std::min<std::uint64_t>(request.count, 500));
  });
  expect_all();
}

TEST_F(RangeFetchTest, NoMoreSegmentsThanTheBoundWaitForTheFirst) {
  start({0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  std::optional<Request> first;
  answer_all([&](const Request& request) -> std::optional<LogRangeFrame> {
    EXPECT_LT(request.first.value, kSegmentsMax * kSegmentLeaves);
    if (request.first.value > 0) return log.answer(request.first, request.count);
    first = request;
    return std::nullopt;
  });
  EXPECT_TRUE(taken.empty());
  fetch.on_range(first->peer, log.answer(first->first, first->count));
  drain();
  EXPECT_EQ(taken.size(), kSegmentsMax * kSegmentLeaves);
  answer_honestly();
  expect_all();
}

using Spoil = std::function<void(LogRangeFrame&)>;
struct RangeLie {
  const char* name;
  Spoil spoil;
};

TEST_F(RangeFetchTest, EveryLieIsFoundInItsOwnAnswerAndGoodSegmentsAreKept) {
  const std::vector<RangeLie> lies = {
      {"a leaf altered", [](LogRangeFrame& frame) { frame.leaves[3] += "!"; }},
      {"a leaf left out", [](LogRangeFrame& frame) { frame.leaves.erase(frame.leaves.begin()); }},
      {"two leaves in another order", [](LogRangeFrame& frame) { std::swap(frame.leaves[0], frame.leaves[1]); }},
      {"no leaves", [](LogRangeFrame& frame) { frame.leaves.clear(); }},
      {"more leaves than asked for",
       [this](LogRangeFrame& frame) { frame = log.answer(frame.first, frame.leaves.size() + 1); }},
      {"another peak", [](LogRangeFrame& frame) { frame.before.front() = leaf_hash("other"); }},
      {"a peak too few", [](LogRangeFrame& frame) { frame.before.pop_back(); }},
      {"a proof cut short", [](LogRangeFrame& frame) { frame.consistency.pop_back(); }},
      {"another proof", [](LogRangeFrame& frame) { frame.consistency.back() = leaf_hash("other"); }},
  };
  constexpr std::size_t kLiar = 1;
  for (const RangeLie& lie : lies) {
    SCOPED_TRACE(lie.name);
    taken.clear();
    punished.clear();
    requests.clear();
    start({0, kLiar, 2});
    std::map<std::uint64_t, int> asked;
    answer_all([&](const Request& request) {
      ++asked[request.first.value];
      auto answer = log.answer(request.first, request.count);
      if (request.peer == kLiar && request.first.value > 0) lie.spoil(answer);
      return answer;
    });
    expect_all();
    ASSERT_TRUE(punished.contains(kLiar));
    EXPECT_EQ(punished.size(), 1U);
    // Only what the liar was asked for is asked for twice: two segments at the most.
    EXPECT_LE(std::ranges::count_if(asked, [](const auto& one) { return one.second > 1; }), 2);
  }
}

TEST_F(RangeFetchTest, ASilentPeerIsPassedOverAndRests) {
  constexpr std::size_t kSilent = 0;
  start({kSilent, 1});
  const auto answer = [this](const Request& request) -> std::optional<LogRangeFrame> {
    if (request.peer == kSilent) return std::nullopt;
    return log.answer(request.first, request.count);
  };
  answer_all(answer);
  EXPECT_FALSE(fetch.finished());
  run_for(kRangeTimeoutMs + 600);
  EXPECT_FALSE(requests.empty());
  EXPECT_TRUE(std::ranges::none_of(requests, [](const Request& request) { return request.peer == kSilent; }));
  answer_all(answer);
  expect_all();
  EXPECT_TRUE(punished.empty()) << "silence proves nothing";
}

// One leaf at a time, each within its time and proven: everybody would wait for the segment that it was asked for.
TEST_F(RangeFetchTest, WhoAnswersALittleAtATimeRests) {
  constexpr std::size_t kMiser = 0;
  start({kMiser, 1});
  int asked = 0;
  answer_all([&](const Request& request) {
    asked += request.peer == kMiser ? 1 : 0;
    return log.answer(request.first, request.peer == kMiser ? 1 : request.count);
  });
  expect_all();
  EXPECT_LE(asked, static_cast<int>(kSegmentsPerPeerMax));
  EXPECT_TRUE(punished.empty()) << "what it said is true";
}

TEST_F(RangeFetchTest, AnswersThatNobodyAskedForAreIgnored) {
  start({0, 1});
  const Request request = requests.front();
  fetch.on_range(7, log.answer(request.first, request.count));
  fetch.on_range(request.peer, log.answer(LogIndex{request.first.value + 5}, 10));
  const Log other(5'000);
  fetch.on_range(request.peer, other.answer(LogIndex{}, 10));
  drain();
  EXPECT_TRUE(taken.empty());
  EXPECT_TRUE(punished.empty());
  answer_honestly();
  expect_all();
}

}  // namespace
}  // namespace kimberlite::runtime
