#include "tests/unit/net/test_node.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>
#include <utility>

namespace kimberlite::net {
namespace {

constexpr std::chrono::seconds kPatience{30};

}  // namespace

std::vector<SecretKey> ascending_keys(std::size_t count) {
  std::vector<SecretKey> keys;
  for (std::size_t i = 0; i < count; ++i) {
    keys.push_back(*SecretKey::from_seed(std::string(SecretKey::kSeedSize, static_cast<char>('a' + i))));
  }
  std::ranges::sort(keys, {}, [](const SecretKey& key) { return key.public_key(); });
  return keys;
}

SecretKey copy_of(const SecretKey& key) {
  return *SecretKey::from_seed(key.seed());
}

Digest test_chain_id() {
  return sha256("the network of the tests");
}

TestNode::TestNode(const SecretKey& key, const std::vector<Known>& peers, Setup setup)
    : keep_frames_(setup.keep_frames) {
  NetworkOptions options;
  options.listen = "127.0.0.1:" + std::to_string(setup.port);
  for (const Known& peer : peers) {
    options.peers.push_back(
        {"P" + std::to_string(options.peers.size()), peer.key->public_key(), "127.0.0.1:" + std::to_string(peer.port)});
  }
  options.chain_id = setup.chain_id;
  options.software = "test node";
  options.final_height = [] { return std::uint64_t{42}; };
  NetworkHandlers handlers;
  handlers.connected = [this](std::size_t, const PeerHello& hello) {
    const std::lock_guard lock(mutex_);
    hellos_.push_back(hello);
    changed_.notify_all();
  };
  handlers.disconnected = [this](std::size_t, const Error& why) {
    const std::lock_guard lock(mutex_);
    disconnects_.push_back(why);
    changed_.notify_all();
  };
  handlers.received = [this](std::size_t, std::shared_ptr<const Frame> frame) {
    const std::lock_guard lock(mutex_);
    if (keep_frames_) {
      kept_bytes_ += frame->bytes().size();
      kept_.push_back(std::move(frame));
    } else {
      frames_.push_back(frame->bytes());
    }
    changed_.notify_all();
  };
  auto started = PeerNetwork::start(std::move(options), key, std::move(handlers));
  EXPECT_TRUE(started.has_value()) << started.error().to_string();
  network_ = *std::move(started);
}

TestNode::~TestNode() {
  network_.reset();
}

void TestNode::send(std::size_t peer, Priority priority, std::string bytes) {
  network_->send(peer, priority, std::make_shared<const std::string>(std::move(bytes)));
}

bool TestNode::wait_connects(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return hellos_.size() >= count; });
}

bool TestNode::wait_disconnects(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return disconnects_.size() >= count; });
}

bool TestNode::wait_frames(std::size_t count) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, kPatience, [&] { return frames_.size() + kept_.size() >= count; });
}

bool TestNode::wait_until(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

bool TestNode::wait_refused(std::uint64_t count) {
  return wait_until([&] { return network_->listener().refused >= count; });
}

std::vector<PeerHello> TestNode::hellos() {
  const std::lock_guard lock(mutex_);
  return hellos_;
}

std::vector<Error> TestNode::disconnects() {
  const std::lock_guard lock(mutex_);
  return disconnects_;
}

std::vector<std::string> TestNode::frames() {
  const std::lock_guard lock(mutex_);
  return frames_;
}

std::size_t TestNode::kept_bytes() {
  const std::lock_guard lock(mutex_);
  return kept_bytes_;
}

void TestNode::release_frames() {
  std::vector<std::shared_ptr<const Frame>> released;
  {
    const std::lock_guard lock(mutex_);
    released.swap(kept_);
    keep_frames_ = false;
  }
}

}  // namespace kimberlite::net
