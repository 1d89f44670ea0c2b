#include "tests/simulation/whole_node/wires.h"

#include <algorithm>
#include <utility>

namespace kimberlite::whole_node {
namespace {

// As node/net: the first wait before dialling, and the longest.
constexpr std::int64_t kDialMsMin = 50;
constexpr std::int64_t kDialMsMax = 1'000;
constexpr std::int64_t kResetMsMax = 20;
// Chance of a thousand that the end of a process is noticed late, as that of a machine.
constexpr std::uint64_t kSilentEndPerMille = 300;

const Error kClosed{Reason::UNAVAILABLE, "connection", "closed"};

}  // namespace

void Wires::add(Terminal& terminal) {
  if (terminals_.empty()) {
    world_.on_deliver([this](NodeId to, NodeId from, const FramePtr& frame) {
      Terminal& end = *terminals_[to];
      if (!end.up() || end.key() != frame->to || !end.names(frame->from) || !line(from, to).up) return;
      end.received(frame->from, frame->bytes);
    });
    world_.on_lost([this](NodeId from, NodeId to) { lost(from, to); });
  }
  terminals_.push_back(&terminal);
  lines_.resize(terminals_.size() * (terminals_.size() - 1) / 2);
  last_keys_.resize(terminals_.size());
}

const Wires::Line& Wires::line(NodeId a, NodeId b) const {
  if (a > b) std::swap(a, b);
  return lines_[static_cast<std::size_t>(b) * (b - 1) / 2 + a];
}

Wires::Line& Wires::line(NodeId a, NodeId b) {
  return const_cast<Line&>(std::as_const(*this).line(a, b));
}

bool Wires::possible(NodeId a, NodeId b) const {
  const Terminal& first = *terminals_[a];
  const Terminal& second = *terminals_[b];
  if (!first.up() || !second.up() || world_.is_cut(a, b) || world_.is_cut(b, a)) return false;
  return first.names(second.key()) && second.names(first.key());
}

void Wires::review() {
  for (NodeId b = 0; b < terminals_.size(); ++b)
    for (NodeId a = 0; a < b; ++a) review(a, b);
}

void Wires::review(NodeId id) {
  for (NodeId peer = 0; peer < terminals_.size(); ++peer)
    if (peer != id) review(id, peer);
}

void Wires::review(NodeId a, NodeId b) {
  const Line& between = line(a, b);
  if (!between.up) {
    if (!between.dialling && possible(a, b)) dial(a, b);
    return;
  }
  const bool named = terminals_[a]->names(terminals_[b]->key()) && terminals_[b]->names(terminals_[a]->key());
  if (!named) end(a, b);
}

void Wires::dial(NodeId a, NodeId b) {
  line(a, b).dialling = true;
  world_.after(world_.random().between(kDialMsMin, kDialMsMax), [this, a, b] {
    line(a, b).dialling = false;
    if (possible(a, b)) establish(a, b);
  });
}

void Wires::establish(NodeId a, NodeId b) {
  Line& between = line(a, b);
  between.up = true;
  ++between.generation;
  last_keys_[a] = terminals_[a]->key();
  last_keys_[b] = terminals_[b]->key();
  tell_begin(a, b);
  tell_begin(b, a);
}

// Who still believes in an older connection learns of its end first.
void Wires::tell_begin(NodeId id, NodeId peer) {
  Line& between = line(id, peer);
  const std::size_t side = id < peer ? 0 : 1;
  tell_end(id, peer, between.told[side]);
  between.told[side] = between.generation;
  const Terminal& other = *terminals_[peer];
  terminals_[id]->connected(
      other.key(), {"simulation", other.wall_wrong_ms() - terminals_[id]->wall_wrong_ms(), other.final_height()});
}

void Wires::tell_end(NodeId id, NodeId peer, std::uint64_t generation) {
  Line& between = line(id, peer);
  std::uint64_t& told = between.told[id < peer ? 0 : 1];
  if (generation == 0 || told != generation) return;
  told = 0;
  if (terminals_[id]->up()) terminals_[id]->disconnected(last_keys_[peer], kClosed);
}

void Wires::end(NodeId a, NodeId b) {
  Line& between = line(a, b);
  if (!between.up) return;
  between.up = false;
  for (const auto& [id, peer] : {std::pair{a, b}, std::pair{b, a}}) {
    world_.after(world_.random().between(0, kResetMsMax),
                 [this, id, peer, generation = between.generation] { tell_end(id, peer, generation); });
  }
  world_.after(kResetMsMax + 1, [this, a, b] { review(a, b); });
}

void Wires::stopped(NodeId id) {
  for (NodeId peer = 0; peer < terminals_.size(); ++peer) {
    if (peer == id) continue;
    Line& between = line(id, peer);
    between.told[id < peer ? 0 : 1] = 0;
    if (!between.up) continue;
    between.up = false;
    const std::int64_t unnoticed_ms_max = world_.random().chance(kSilentEndPerMille) ? unnoticed_ms_max_ : kResetMsMax;
    world_.after(world_.random().between(0, unnoticed_ms_max),
                 [this, id, peer, generation = between.generation] { tell_end(peer, id, generation); });
  }
}

// Bytes that are not acknowledged end the connection, 20 s later at the latest.
void Wires::lost(NodeId from, NodeId to) {
  Line& between = line(from, to);
  if (!between.up || between.breaking == between.generation) return;
  between.breaking = between.generation;
  world_.after(world_.random().between(kDialMsMin, unnoticed_ms_max_),
               [this, from, to, generation = between.generation] {
                 if (line(from, to).generation == generation) end(from, to);
               });
}

std::optional<NodeId> Wires::find(const PublicKey& key) const {
  const auto runs = [this, &key](NodeId id) { return terminals_[id]->up() && terminals_[id]->key() == key; };
  const auto known = found_.find(key);
  if (known != found_.end() && runs(known->second)) return known->second;
  for (NodeId id = 0; id < terminals_.size(); ++id) {
    if (!runs(id)) continue;
    found_.insert_or_assign(key, id);
    return id;
  }
  return std::nullopt;
}

std::vector<PublicKey> Wires::peers_of(NodeId id) const {
  std::vector<PublicKey> keys;
  for (NodeId peer = 0; peer < terminals_.size(); ++peer)
    if (peer != id && terminals_[peer]->up() && line(id, peer).up) keys.push_back(terminals_[peer]->key());
  return keys;
}

void Wires::send(NodeId from, const PublicKey& to, std::shared_ptr<const std::string> bytes) {
  const auto peer = find(to);
  if (!peer || !line(from, *peer).up) return;
  world_.send(from, *peer, std::make_shared<const Frame>(Frame{terminals_[from]->key(), to, std::move(bytes)}));
}

}  // namespace kimberlite::whole_node
