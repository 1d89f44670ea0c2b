// The kinds of attacks, and what each is given. A liar is a validator whose node is gone and whose key the attacker
// holds: it connects to the attacked node as that node would. Tables: *_attacks.cc.
#pragma once

#include <atomic>
#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "proto/ed25519.h"
#include "tests/cluster/bounds/limits.h"
#include "tests/cluster/daemon_network.h"

namespace kimberlite::bounds {

/// A validator that the attacker plays.
struct Liar {
  std::string code;
  SecretKey key;
  std::uint32_t place{};  ///< in the set
  mutable boost::asio::ssl::context tls;
};

/// Where an attack happens. Attacks read it from several threads; only `view` changes meanwhile.
struct Scene {
  cluster::DaemonNetwork& network;
  std::string target;                 ///< the attacked node
  std::vector<std::string> honest;    ///< the other nodes that run
  std::vector<Liar> liars;            ///< f of them
  Digest big_block;                   ///< a final block of many bytes
  std::uint64_t log_size{};           ///< when the attacks began
  std::atomic<std::uint64_t> view{};  ///< where the honest nodes are

  [[nodiscard]] const Digest& chain_id() const { return network.genesis().chain_id; }
  [[nodiscard]] std::uint16_t peer_port() const { return peer_port(target); }
  [[nodiscard]] std::uint16_t peer_port(const std::string& code) const;
};

/// What an attack did, added up over its threads.
struct Effort {
  std::atomic<std::uint64_t> bytes{};
  std::atomic<std::uint64_t> connections{};
};

/// A liar's stream of bytes to the attacked node.
struct Flood {
  std::function<std::string()> next;                   ///< the next frames
  std::function<void(const std::string&)> heard = {};  ///< takes the node's frames
  bool reads = true;                                   ///< false: what the node sends stays unread
};

struct Attack {
  std::string_view name;
  std::string_view meaning;
  std::vector<Bound> reached;  ///< limits that it can reach
  /// By each liar, on a connection of its own, again and again. Empty: `strangers` is what happens.
  std::function<Flood(const Scene&, const Liar&)> flood = {};
  /// By somebody without a key, until the stop.
  std::function<void(const Scene&, const std::stop_token&, Effort&)> strangers = {};
};

std::vector<Attack> vote_attacks();
std::vector<Attack> certificate_attacks();
std::vector<Attack> frame_attacks();
std::vector<Attack> envelope_attacks();
std::vector<Attack> request_attacks();
std::vector<Attack> port_attacks();
/// All of them.
const std::vector<Attack>& attacks();

/// What each liar will send, made beforehand: signing takes its time. Empty for an attack by strangers.
std::vector<Flood> prepare(const Attack& attack, const Scene& scene);
/// Plays an attack until the stop.
void play(const Attack& attack, Scene& scene, const std::vector<Flood>& floods, const std::stop_token& stop,
          Effort& effort);

}  // namespace kimberlite::bounds
