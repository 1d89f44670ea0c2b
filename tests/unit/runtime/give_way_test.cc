// Threads that verify are nicer than the main one, all by as much.
#include "node/runtime/give_way.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace kimberlite::runtime {
namespace {

int own_nice() {
  return ::getpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()));
}

TEST(GiveWay, TheCallingThreadAloneAndOnce) {
  const int before = own_nice();
  int after = 0;
  int of_its_child = 0;
  std::thread([&] {
    give_way();
    give_way();
    after = own_nice();
    std::thread([&] {
      give_way();
      of_its_child = own_nice();
    }).join();
  }).join();
  EXPECT_EQ(after, std::min(before + kGiveWayNice, 19));
  EXPECT_EQ(of_its_child, after) << "it began as nice as the thread that started it";
  EXPECT_EQ(own_nice(), before);
}

}  // namespace
}  // namespace kimberlite::runtime
