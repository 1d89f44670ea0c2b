#include "tests/simulation/scenario/stage.h"

#include <algorithm>
#include <cctype>
#include <span>
#include <stdexcept>
#include <utility>

#include "tests/simulation/cluster.h"

namespace kimberlite::scenario {

using namespace consensus;
using namespace simulation;

namespace {

constexpr std::uint64_t kSeed = 1;
constexpr std::int64_t kDeltaMs = 1000;
constexpr std::int64_t kPacketMs = 10;
/// Virtual time after which what is waited for does not come.
constexpr std::int64_t kPatienceMs = 300'000;
/// A quiet cluster says nothing for so long, after the time it may need to fall silent.
constexpr std::int64_t kSettleMs = 60'000;
constexpr std::int64_t kQuietMs = 600'000;

/// What kind of packet this is, in the words of `drop`.
std::string kind_of(const Packet& packet) {
  const auto* message = std::get_if<Message>(&packet);
  if (message == nullptr) return std::holds_alternative<PoolEvents>(packet) ? "pool" : "bodies";
  if (std::holds_alternative<Proposal>(*message)) return "proposal";
  if (std::holds_alternative<Certificate>(*message)) return "certificate";
  if (std::holds_alternative<CertificateRequest>(*message)) return "request";
  switch (std::get<VoteMessage>(*message).vote.kind) {
    case VoteKind::kNotarize:
      return "notarize";
    case VoteKind::kNullify:
      return "nullify";
    case VoteKind::kFinalize:
      return "finalize";
  }
  return "";
}

VoteKind vote_kind(const std::string& word) {
  if (word == "notarize") return VoteKind::kNotarize;
  if (word == "nullify") return VoteKind::kNullify;
  if (word == "finalize") return VoteKind::kFinalize;
  throw std::runtime_error("no vote is called \"" + word + "\"");
}

}  // namespace

class Stage::Words {
 public:
  explicit Words(std::span<const std::string> words) : words_(words) {}

  [[nodiscard]] bool empty() const { return next_ >= words_.size(); }
  std::string take() {
    if (empty()) throw std::runtime_error("a word is missing");
    return words_[next_++];
  }
  std::uint64_t number() { return std::stoull(take()); }
  /// Takes this word if it comes next.
  bool skip(const std::string& word) {
    if (empty() || words_[next_] != word) return false;
    ++next_;
    return true;
  }
  void demand(const std::string& word) {
    if (!skip(word)) throw std::runtime_error("\"" + word + "\" is missing");
  }

 private:
  std::span<const std::string> words_;
  std::size_t next_ = 0;
};

Stage::Stage()
    : verbs_{{"replicas", &Stage::replicas},  {"submit", &Stage::submit},
             {"events", &Stage::events},      {"run", &Stage::run},
             {"until", &Stage::until},        {"cut", &Stage::cut},
             {"heal", &Stage::heal},          {"drop", &Stage::drop},
             {"deliver", &Stage::deliver},    {"crash", &Stage::crash},
             {"start", &Stage::start},        {"pause", &Stage::pause},
             {"stall", &Stage::stall},        {"backup", &Stage::back_up},
             {"rollback", &Stage::roll_back}, {"losedisk", &Stage::lose_disk},
             {"vote", &Stage::vote},          {"propose", &Stage::propose},
             {"trace", &Stage::trace_switch}, {"expect", &Stage::expect}} {}

void Stage::play(const Line& line) {
  trace_.push_back("> " + line.text);
  try {
    Words words(line.words);
    const auto verb = verbs_.find(words.take());
    if (verb == verbs_.end()) throw std::runtime_error("no such command");
    if (!deployment_ && verb->first != "replicas") throw std::runtime_error("\"replicas\" comes first");
    (this->*verb->second)(words);
    if (!words.empty()) throw std::runtime_error("too many words");
  } catch (const Violation&) {
    throw;
  } catch (const std::exception& error) {
    throw std::runtime_error("line " + std::to_string(line.number) + ", \"" + line.text + "\": " + error.what() +
                             (deployment_ ? deployment_->standing() : ""));
  }
}

/// Of the world's trace what replicas did; what they were told follows from it.
void Stage::take_line(const std::string& line) {
  if (!tracing_) return;
  const std::string words = line.substr(line.find("node ") + 8);
  const bool did = words.starts_with("  sends") || (words.starts_with("  ->") && words.size() > 4);
  if (did || std::isupper(static_cast<unsigned char>(words.front())) != 0) trace_.push_back(line);
}

// ---- the cast -----------------------------------------------------------------------------------------------------

void Stage::replicas(Words& words) {
  const std::size_t count = words.number();
  deployment_ = std::make_unique<Deployment>(kSeed, std::vector<Role>(count, Role::kHonest),
                                             [this](const std::string& line) { take_line(line); });
  order_ = std::make_unique<LeaderOrder>(digest_of(kSeed), count);
  deployment_->cluster.delta_ms = kDeltaMs;
  deployment_->cluster.disk_ms_max = deployment_->cluster.execute_ms_max = 0;
  deployment_->world.weather = Weather{.delay_ms_min = kPacketMs, .delay_ms_max = kPacketMs};
  deployment_->world.on_send([this](NodeId, NodeId, const PacketPtr& packet) { note_proposal(*packet); });
  std::string leaders = "leaders of views 1 to " + std::to_string(count) + ":";
  for (View view{1}; view.value <= count; ++view.value) leaders += " " + std::to_string(order_->leader(view));
  trace_.push_back(leaders);
  std::vector<NodeId> absent;
  if (words.skip("without")) absent = nodes_of(words);
  for (NodeId id = 0; id < count; ++id)
    if (std::find(absent.begin(), absent.end(), id) == absent.end()) deployment_->start(id);
  deployment_->run_for(0);
}

NodeId Stage::node_of(const std::string& word) const {
  const bool by_view = word.starts_with("L");
  const std::uint64_t number = std::stoull(by_view ? word.substr(1) : word);
  const std::uint64_t id = by_view ? order_->leader(View{number}) : number;
  if (id >= deployment_->size()) throw std::runtime_error("no node " + word);
  return static_cast<NodeId>(id);
}

std::vector<NodeId> Stage::nodes_of(Words& words) const {
  std::vector<NodeId> nodes;
  if (words.skip("all")) {
    for (NodeId id = 0; id < deployment_->size(); ++id)
      if (deployment_->node(id).up()) nodes.push_back(id);
    return nodes;
  }
  while (!words.empty()) nodes.push_back(node_of(words.take()));
  if (nodes.empty()) throw std::runtime_error("a node is missing");
  return nodes;
}

void Stage::note_proposal(const Packet& packet) {
  const auto* message = std::get_if<Message>(&packet);
  const auto* proposal = message == nullptr ? nullptr : std::get_if<Proposal>(message);
  if (proposal != nullptr) proposed_.emplace(proposal->vote.view, proposal->block);
}

// ---- what clients and time do -------------------------------------------------------------------------------------

/// submit [COUNT] at A [every MS], or submit change at A: an event that changes the validators.
void Stage::submit(Words& words) {
  if (words.skip("change")) {
    words.demand("at");
    return deployment_->submit_change_at(node_of(words.take()));
  }
  std::uint64_t count = 1;
  if (!words.skip("at")) {
    count = words.number();
    words.demand("at");
  }
  const NodeId id = node_of(words.take());
  const std::int64_t every_ms = words.skip("every") ? static_cast<std::int64_t>(words.number()) : 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    deployment_->submit_at(id);
    if (every_ms > 0) deployment_->run_for(every_ms);
  }
}

/// One after another, each when the one before is final.
void Stage::events(Words& words) {
  const std::uint64_t count = words.number();
  words.demand("at");
  const NodeId id = node_of(words.take());
  const std::vector<std::string> final_words = {"final"};
  for (std::uint64_t i = 0; i < count; ++i) {
    deployment_->submit_at(id);
    Words wanted(final_words);
    until(wanted);
  }
}

void Stage::run(Words& words) {
  deployment_->run_for(static_cast<std::int64_t>(words.number()));
}

void Stage::until(Words& words) {
  const std::int64_t end_ms = deployment_->world.now_ms() + kPatienceMs;
  const Words wanted = words;
  while (true) {
    words = wanted;
    if (holds(words)) return;
    if (deployment_->world.now_ms() >= end_ms) throw std::runtime_error("this does not come about;");
    deployment_->run_for(1);
  }
}

void Stage::trace_switch(Words& words) {
  tracing_ = words.take() == "on";
}

// ---- what the network does ----------------------------------------------------------------------------------------

void Stage::cut(Words& words) {
  const NodeId one = node_of(words.take());
  const bool one_way = words.skip("to");
  for (const NodeId other : nodes_of(words)) {
    if (other == one) continue;
    deployment_->world.cut(one, other, true);
    if (!one_way) deployment_->world.cut(other, one, true);
  }
}

void Stage::heal(Words&) {
  deployment_->world.restore_all();
}

void Stage::drop(Words& words) {
  const std::string kind = words.take();
  std::optional<NodeId> from;
  std::optional<NodeId> to;
  if (words.skip("from")) from = node_of(words.take());
  if (words.skip("to")) to = node_of(words.take());
  drops_.emplace_back([kind, from, to](NodeId sender, NodeId receiver, const Packet& packet) {
    return kind_of(packet) == kind && (!from || *from == sender) && (!to || *to == receiver);
  });
  deployment_->world.set_filter([this](NodeId sender, NodeId receiver, const Packet& packet) {
    return std::none_of(drops_.begin(), drops_.end(), [&](const auto& one) { return one(sender, receiver, packet); });
  });
}

void Stage::deliver(Words&) {
  drops_.clear();
}

// ---- what befalls nodes -------------------------------------------------------------------------------------------

void Stage::crash(Words& words) {
  for (const NodeId id : nodes_of(words)) deployment_->node(id).crash();
}

void Stage::start(Words& words) {
  for (const NodeId id : nodes_of(words)) deployment_->start(id);
}

void Stage::pause(Words& words) {
  const NodeId id = node_of(words.take());
  deployment_->node(id).pause(static_cast<std::int64_t>(words.number()));
}

void Stage::stall(Words& words) {
  const NodeId id = node_of(words.take());
  deployment_->node(id).stall_disk(static_cast<std::int64_t>(words.number()));
}

void Stage::back_up(Words& words) {
  for (const NodeId id : nodes_of(words)) deployment_->node(id).back_up();
}

void Stage::roll_back(Words& words) {
  const NodeId id = node_of(words.take());
  deployment_->impair(id);
  deployment_->node(id).roll_back();
}

void Stage::lose_disk(Words& words) {
  const NodeId id = node_of(words.take());
  deployment_->impair(id);
  deployment_->node(id).lose_disk();
}

// ---- what a Byzantine validator says ------------------------------------------------------------------------------

void Stage::send_all(NodeId from, const std::vector<NodeId>& to, const Message& message) {
  const auto packet = std::make_shared<const Packet>(message);
  for (const NodeId peer : to) deployment_->world.send(from, peer, packet);
}

/// vote A KIND VIEW [BLOCK] [knowing VIEW] [through C] to B...; BLOCK: "proposed", the first block seen in that view,
/// or "other", one of no one's.
void Stage::vote(Words& words) {
  const NodeId from = node_of(words.take());
  Vote vote{vote_kind(words.take()), Epoch{1}, View{words.number()}, {}, from, {}};
  if (words.skip("proposed")) vote.block = proposed_.at(vote.view).digest;
  if (words.skip("other"))
    vote.block = deployment_->blocks.make(deployment_->blocks.genesis().ref, vote.view, {}, ++made_up_).ref.digest;
  const View known{words.skip("knowing") ? words.number() : 0};
  const NodeId sender = words.skip("through") ? node_of(words.take()) : from;
  words.demand("to");
  vote.signature = fake_signature(from, vote);
  send_all(sender, nodes_of(words), VoteMessage{vote, known});
}

/// propose A VIEW [invalid] to B...: a block on genesis that nobody else has made.
void Stage::propose(Words& words) {
  const NodeId from = node_of(words.take());
  const View view{words.number()};
  const bool valid = !words.skip("invalid");
  words.demand("to");
  const BlockRef block = deployment_->blocks.make(deployment_->blocks.genesis().ref, view, {}, ++made_up_, valid).ref;
  Vote vote{VoteKind::kNotarize, Epoch{1}, view, block.digest, from, {}};
  vote.signature = fake_signature(from, vote);
  send_all(from, nodes_of(words), Proposal{block, vote, View{0}});
}

// ---- what must hold -----------------------------------------------------------------------------------------------

void Stage::expect(Words& words) {
  if (!holds(words)) throw std::runtime_error("this does not hold;");
}

bool Stage::holds(Words& words) {
  if (words.skip("final")) return deployment_->everything_final();
  if (words.skip("quiet")) return falls_quiet();
  if (words.skip("evidence")) {  // evidence against A at B...
    words.demand("against");
    const NodeId accused = node_of(words.take());
    words.demand("at");
    const auto nodes = nodes_of(words);
    return std::all_of(nodes.begin(), nodes.end(), [&](NodeId id) {
      const auto& kept = deployment_->node(id).evidence();
      return std::any_of(kept.begin(), kept.end(), [&](const Evidence& one) { return one.validator == accused; });
    });
  }
  const std::string what = words.take();
  const std::uint64_t number = what == "rolledback" ? 0 : words.number();
  words.demand("at");
  const auto nodes = nodes_of(words);
  return std::all_of(nodes.begin(), nodes.end(), [&](NodeId id) { return holds_at(what, number, id); });
}

bool Stage::holds_at(const std::string& what, std::uint64_t number, NodeId id) const {
  const Node& node = deployment_->node(id);
  if (what == "height") return node.height().value == number;
  if (what == "epoch") return node.replica().epoch().value == number;
  const ReplicaStatus status = node.replica().status();
  if (what == "view") return status.view.value == number;
  if (what == "certified") return status.certified_above_final == number;
  if (what == "rolledback") return status.rolled_back;
  throw std::runtime_error("nothing is called \"" + what + "\"");
}

bool Stage::falls_quiet() {
  deployment_->run_for(kSettleMs);
  const std::uint64_t packets = deployment_->world.packets_sent();
  const std::uint64_t records = deployment_->records_written();
  deployment_->run_for(kQuietMs);
  return deployment_->world.idle() && deployment_->world.packets_sent() == packets &&
         deployment_->records_written() == records;
}

}  // namespace kimberlite::scenario
