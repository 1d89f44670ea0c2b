#include "node/net/internal/peer_link.h"

#include <utility>

namespace kimberlite::net {

bool PeerLink::push(Priority priority, std::shared_ptr<const std::string> message) {
  const std::lock_guard lock(mutex_);
  if (!state_.connected) return false;
  queue_.push(priority, std::move(message));
  return !std::exchange(fetch_due_, true);
}

void PeerLink::fill(std::string& out, std::size_t bytes_max) {
  const std::lock_guard lock(mutex_);
  const std::size_t before = out.size();
  queue_.fill(out, bytes_max);
  state_.bytes_sent += out.size() - before;
  fetch_due_ = out.size() > before;
}

void PeerLink::name(const std::string& participant, const std::string& address) {
  const std::lock_guard lock(mutex_);
  state_.participant = participant;
  state_.address = address;
  state_.named = true;
}

void PeerLink::unname() {
  const std::lock_guard lock(mutex_);
  state_.named = false;
}

void PeerLink::open() {
  const std::lock_guard lock(mutex_);
  state_.connected = true;
  ++state_.connects;
  fetch_due_ = false;
}

void PeerLink::shut(const std::string& why) {
  const std::lock_guard lock(mutex_);
  queue_.clear();
  state_.connected = false;
  state_.last_error = why;
}

void PeerLink::note_error(const std::string& why) {
  const std::lock_guard lock(mutex_);
  state_.last_error = why;
}

void PeerLink::note_received(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  state_.bytes_received += bytes;
  ++state_.frames_received;
}

void PeerLink::note_punishment() {
  const std::lock_guard lock(mutex_);
  ++state_.punishments;
}

PeerState PeerLink::state() const {
  const std::lock_guard lock(mutex_);
  PeerState state = state_;
  for (std::size_t i = 0; i < kPriorities; ++i) {
    state.frames_dropped_by_priority[i] = queue_.dropped(static_cast<Priority>(i));
    state.frames_dropped += state.frames_dropped_by_priority[i];
  }
  return state;
}

std::size_t PeerLink::backlog(Priority priority) const {
  const std::lock_guard lock(mutex_);
  return queue_.bytes(priority);
}

}  // namespace kimberlite::net
