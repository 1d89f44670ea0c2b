// Lanes: order within a source, turns between sources, and pieces of work that are not done at once.
#include "node/runtime/lanes.h"

#include <gtest/gtest.h>

#include <string>

namespace kimberlite::runtime {
namespace {

/// An executor that does nothing by itself.
struct Later {
  std::deque<std::function<void()>> posted;

  void run_all() {
    for (; !posted.empty(); posted.pop_front()) posted.front()();
  }
  Lanes<int>::Post post() {
    return [this](std::function<void()> work) { posted.push_back(std::move(work)); };
  }
};

TEST(Lanes, WhoFloodsWaitsBehindItself) {
  Later later;
  std::string done;
  Lanes<int> lanes(later.post(), [&](std::size_t source, int& item) {
    done += std::to_string(source) + ":" + std::to_string(item) + " ";
    return true;
  });
  for (int i = 0; i < 4; ++i) lanes.add(1, i);
  lanes.add(2, 7);
  lanes.add(3, 9);
  EXPECT_EQ(later.posted.size(), 3U);
  later.run_all();
  EXPECT_EQ(done, "1:0 2:7 3:9 1:1 1:2 1:3 ");
}

TEST(Lanes, AnItemThatIsNotDoneKeepsItsPlaceAndLetsOthersPass) {
  Later later;
  std::string done;
  Lanes<int> lanes(later.post(), [&](std::size_t source, int& item) {
    done += std::to_string(source) + ":" + std::to_string(item) + " ";
    return --item <= 0;
  });
  lanes.add(1, 3);
  lanes.add(1, 1);
  lanes.add(2, 1);
  later.run_all();
  EXPECT_EQ(done, "1:3 2:1 1:2 1:1 1:1 ");
}

TEST(Lanes, AnEmptyLaneStartsAnew) {
  Later later;
  int sum = 0;
  Lanes<int> lanes(later.post(), [&](std::size_t, int& item) {
    sum += item;
    return true;
  });
  for (int i = 1; i <= 3; ++i) {
    lanes.add(5, i);
    later.run_all();
  }
  EXPECT_EQ(sum, 6);
}

TEST(Lanes, AFullLaneTakesNoMoreAndOthersDo) {
  Later later;
  std::string done;
  Lanes<int> lanes(
      later.post(),
      [&](std::size_t source, int& item) {
        done += std::to_string(source) + ":" + std::to_string(item) + " ";
        return true;
      },
      2);
  EXPECT_TRUE(lanes.add(1, 0));
  EXPECT_TRUE(lanes.add(1, 1));
  EXPECT_FALSE(lanes.add(1, 2));
  EXPECT_TRUE(lanes.add(2, 7));
  EXPECT_EQ(later.posted.size(), 2U);
  later.run_all();
  EXPECT_TRUE(lanes.add(1, 3)) << "there is room again";
  later.run_all();
  EXPECT_EQ(done, "1:0 2:7 1:1 1:3 ");
}

TEST(Lanes, AreEmptyWhenAllIsDone) {
  Later later;
  bool empty_at_work = true;
  Lanes<int> lanes(later.post(), [&](std::size_t, int&) {
    empty_at_work = lanes.empty();
    return true;
  });
  EXPECT_TRUE(lanes.empty());
  lanes.add(1, 0);
  EXPECT_FALSE(lanes.empty());
  later.run_all();
  EXPECT_TRUE(lanes.empty());
  EXPECT_FALSE(empty_at_work);
}

}  // namespace
}  // namespace kimberlite::runtime
