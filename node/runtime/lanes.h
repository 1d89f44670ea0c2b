// Work that comes from many sources and is done by one executor: of each source only one piece waits there at a time,
// the others in the source's own lane, in order. So whoever floods waits behind itself, and nobody behind more than one
// piece of each other. Thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

namespace kimberlite::runtime {

template <typename Item>
class Lanes {
 public:
  /// Hands a piece of work to the executor.
  using Post = std::function<void(std::function<void()>)>;
  /// Does some of it. False: there is more of this item to do, after the others had their turn.
  using Work = std::function<bool(std::size_t source, Item& item)>;
  Lanes(Post post, Work work) : post_(std::move(post)), work_(std::move(work)) {}
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  /// Puts an item at the end of its source's lane. What is posted must not outlive these lanes.
  void add(std::size_t source, Item item) {
    {
      const std::lock_guard lock(mutex_);
      auto& lane = lanes_[source];
      lane.push_back(std::move(item));
      if (lane.size() > 1) return;
    }
    post_([this, source] { run(source); });
  }

 private:
  // Only this runs while the lane is not empty, so its first item is ours.
  void run(std::size_t source) {
    Item* item = nullptr;
    {
      const std::lock_guard lock(mutex_);
      item = &lanes_.at(source).front();
    }
    const bool done = work_(source, *item);
    if (done) {
      const std::lock_guard lock(mutex_);
      auto& lane = lanes_.at(source);
      lane.pop_front();
      if (lane.empty()) {
        lanes_.erase(source);
        return;
      }
    }
    post_([this, source] { run(source); });
  }

  Post post_;
  Work work_;
  std::mutex mutex_;
  std::map<std::size_t, std::deque<Item>> lanes_;
};

}  // namespace kimberlite::runtime
