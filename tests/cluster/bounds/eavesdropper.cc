// One thread a node: see eavesdropper.h.
#include "tests/cluster/bounds/eavesdropper.h"

#include <chrono>
#include <utility>

#include "node/net/hello.h"
#include "node/net/internal/wall_clock.h"
#include "tests/cluster/bounds/byzantine_peer.h"

namespace kimberlite::bounds {
namespace {

constexpr std::chrono::milliseconds kListenFor{20};

}  // namespace

Eavesdropper::Eavesdropper(const Scene& scene, const Liar& liar) {
  for (const auto& code : scene.honest) {
    threads_.emplace_back(
        [this, &scene, &liar, code](const std::stop_token& stop) { listen(scene, liar, code, stop); });
  }
}

std::vector<std::string> Eavesdropper::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(heard_, {});
}

void Eavesdropper::listen(const Scene& scene, const Liar& liar, const std::string& code, const std::stop_token& stop) {
  const auto hear = [this](const std::string& payload) {
    const std::lock_guard lock(mutex_);
    heard_.push_back(payload);
  };
  while (!stop.stop_requested()) {
    const std::string hello = net::encode_hello(scene.chain_id(), "liar", net::wall_clock_now(), 0);
    const auto peer = ByzantinePeer::connect(scene.peer_port(code), liar.tls, hello, true);
    while (peer && !stop.stop_requested() && peer->wait(kListenFor, hear)) {
    }
    std::this_thread::sleep_for(kListenFor);
  }
}

}  // namespace kimberlite::bounds
