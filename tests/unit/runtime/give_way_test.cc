// Threads that verify are nicer than the others of their process, once.
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
  std::thread([&after] {
    give_way();
    give_way();
    after = own_nice();
  }).join();
  EXPECT_EQ(after, std::min(before + kGiveWayNice, 19));
  EXPECT_EQ(own_nice(), before);
}

}  // namespace
}  // namespace kimberlite::runtime
