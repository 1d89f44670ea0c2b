// Work that comes from many sources and is done by one executor: of each source only one piece waits there at a time,
// the others in the source's own lane, in order. So whoever floods waits behind itself, and nobody behind more than one
// piece of each other. Thread-safe.
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <limits>
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
  /// `lane_max`: items of one source at once, with the one that is being done; for sources that nothing else bounds.
  Lanes(Post post, Work work, std::size_t lane_max = std::numeric_limits<std::size_t>::max())
      : post_(std::move(post)), work_(std::move(work)), lane_max_(lane_max) {}
  Lanes(const Lanes&) = delete;
  Lanes& operator=(const Lanes&) = delete;

  /// Puts an item at the end of its source's lane. False: the lane is full, and the item is dropped. What is posted
  /// must not outlive these lanes.
  bool add(std::size_t source, Item item) {
    {
      const std::lock_guard lock(mutex_);
      auto& lane = lanes_[source];
      if (lane.size() >= lane_max_) return false;
      lane.push_back(std::move(item));
      if (lane.size() > 1) return true;
    }
    post_([this, source] { run(source); });
    return true;
  }

  /// Nothing waits in any lane, and nothing is being done.
  bool empty() const {
    const std::lock_guard lock(mutex_);
    return lanes_.empty();
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
  std::size_t lane_max_;
  mutable std::mutex mutex_;
  std::map<std::size_t, std::deque<Item>> lanes_;
};

}  // namespace kimberlite::runtime
