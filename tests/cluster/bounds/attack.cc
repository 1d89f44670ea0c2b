// Playing an attack: see attack.h.
#include "tests/cluster/bounds/attack.h"

#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <thread>

#include "node/net/hello.h"
#include "node/net/internal/wall_clock.h"
#include "tests/cluster/bounds/byzantine_peer.h"

namespace kimberlite::bounds {
namespace {

/// Attackers share the machine with the nodes, which they would not elsewhere: they step back a little.
constexpr int kAttackerNice = 5;
constexpr std::chrono::milliseconds kBetweenAttempts{20};

void step_back() {
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kAttackerNice);
}

void attack_as(Scene& scene, Liar& liar, const Flood& flood, const std::stop_token& stop, Effort& effort) {
  step_back();
  const std::string hello = net::encode_hello(scene.chain_id(), "liar", net::wall_clock_now(), 0);
  while (!stop.stop_requested()) {
    const auto peer = ByzantinePeer::connect(scene.peer_port(), liar.tls, hello, flood.reads);
    if (!peer) {
      std::this_thread::sleep_for(kBetweenAttempts);
      continue;
    }
    ++effort.connections;
    for (bool open = true; open && !stop.stop_requested();) {
      const std::string bytes = flood.next();
      open = bytes.empty() ? peer->wait(kBetweenAttempts, flood.heard) : peer->send(bytes, stop, flood.heard);
      if (open) effort.bytes += bytes.size();
    }
  }
}

}  // namespace

std::uint16_t Scene::peer_port(const std::string& code) const {
  const std::string address = network.peer_address(code);
  return static_cast<std::uint16_t>(std::stoul(address.substr(address.rfind(':') + 1)));
}

const std::vector<Attack>& attacks() {
  static const std::vector<Attack> kAll = [] {
    std::vector<Attack> all;
    for (auto&& some : {vote_attacks(), certificate_attacks(), frame_attacks(), envelope_attacks(), request_attacks(),
                        port_attacks()})
      all.insert(all.end(), some.begin(), some.end());
    return all;
  }();
  return kAll;
}

std::vector<Flood> prepare(const Attack& attack, const Scene& scene) {
  std::vector<Flood> floods;
  if (!attack.flood) return floods;
  for (const Liar& liar : scene.liars) floods.push_back(attack.flood(scene, liar));
  return floods;
}

void play(const Attack& attack, Scene& scene, const std::vector<Flood>& floods, const std::stop_token& stop,
          Effort& effort) {
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < floods.size(); ++i)
    threads.emplace_back([&, i] { attack_as(scene, scene.liars[i], floods[i], stop, effort); });
  if (attack.strangers) {
    threads.emplace_back([&] {
      step_back();
      attack.strangers(scene, stop, effort);
    });
  }
}

}  // namespace kimberlite::bounds
