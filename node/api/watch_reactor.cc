#include "node/api/watch_reactor.h"

#include <boost/asio/post.hpp>
#include <utility>

namespace kimberlite::api {

WatchReactor::WatchReactor(runtime::Node& node, boost::asio::thread_pool& thread, std::atomic<std::size_t>& open,
                           LogIndex from)
    : node_(node), thread_(thread), open_(open), self_(this), next_(from.value) {
  listener_ = node_.add_listener([weak = std::weak_ptr<WatchReactor>(self_)] {
    if (auto self = weak.lock()) self->wake(self);
  });
  wake(self_);
}

// The store is read on the watch thread, never on the caller's. A listener may call while OnDone lets go of us.
void WatchReactor::wake(std::shared_ptr<WatchReactor> self) {
  boost::asio::post(thread_, [self = std::move(self)] { self->advance(); });
}

void WatchReactor::advance() {
  const std::lock_guard lock(mutex_);
  if (writing_ || finished_) return;
  if (page_.empty()) {
    const auto snapshot = node_.snapshot();
    if (next_ >= snapshot->tip().log_size.value) return;
    auto leaves = snapshot->leaves(LogIndex{next_}, kWatchPageLeaves, kWatchPageBytes);
    if (!leaves) {
      finished_ = true;
      Finish({grpc::StatusCode::DATA_LOSS, leaves.error().to_string()});
      return;
    }
    for (auto& leaf : *leaves) page_.push_back(std::move(leaf));
  }
  current_.set_index(next_++);
  current_.set_leaf(std::move(page_.front()));
  page_.pop_front();
  writing_ = true;
  StartWrite(&current_);
}

void WatchReactor::OnWriteDone(bool ok) {
  {
    const std::lock_guard lock(mutex_);
    writing_ = false;
    if (!ok && !finished_) {
      finished_ = true;
      Finish(grpc::Status::CANCELLED);
    }
  }
  wake(self_);
}

void WatchReactor::OnCancel() {
  const std::lock_guard lock(mutex_);
  if (finished_) return;
  finished_ = true;
  Finish(grpc::Status::CANCELLED);
}

void WatchReactor::OnDone() {
  node_.remove_listener(listener_);
  --open_;
  self_.reset();
}

}  // namespace kimberlite::api
