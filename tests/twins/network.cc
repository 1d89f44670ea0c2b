#include "tests/twins/network.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "consensus/leader_order.h"
#include "proto/assert.h"
#include "tests/simulation/describe.h"

namespace kimberlite::twins {

using namespace consensus;

namespace {

constexpr std::int64_t kDeltaMs = 100;
constexpr std::int64_t kDeliveryMs = 1;
/// Virtual time by which every schedule of some views has come to its end.
constexpr std::int64_t kEndMs = 600'000;

ValidatorIndex validator_of(std::size_t instance) {
  return static_cast<ValidatorIndex>(std::min<std::size_t>(instance, kTwin));
}

std::string name_of(std::size_t instance) {
  return instance == kInstances - 1 ? "3'" : std::to_string(instance);
}

/// The view that a message speaks of.
View view_of(const Message& message) {
  struct {
    View operator()(const VoteMessage& m) const { return m.vote.view; }
    View operator()(const Certificate& m) const { return m.view; }
    View operator()(const Proposal& m) const { return m.vote.view; }
    View operator()(const CertificateRequest& m) const { return View{m.from_view.value + 1}; }
  } view;
  return std::visit(view, message);
}

/// A half of the twin must not learn of the other, or it would fall silent: a replica that sees votes of its own key
/// which it did not cast takes itself for rolled back. Nothing if there is nothing else in the message.
std::optional<Message> without_twin(const Message& message) {
  if (const auto* vote = std::get_if<VoteMessage>(&message); vote != nullptr && vote->vote.validator == kTwin)
    return std::nullopt;
  if (const auto* proposal = std::get_if<Proposal>(&message); proposal != nullptr && proposal->vote.validator == kTwin)
    return std::nullopt;
  const auto* certificate = std::get_if<Certificate>(&message);
  if (certificate == nullptr) return message;
  Certificate rest = *certificate;
  for (std::size_t i = 0; i < rest.validators.size(); ++i) {
    if (rest.validators[i] != kTwin) continue;
    rest.validators.erase(rest.validators.begin() + static_cast<std::ptrdiff_t>(i));
    rest.signatures.erase(rest.signatures.begin() + static_cast<std::ptrdiff_t>(i));
    break;
  }
  return rest;
}

ValidatorSet make_validators() {
  std::vector<Validator> validators;
  for (std::size_t i = 0; i < kValidators; ++i) {
    Validator validator;
    validator.participant = std::string(1, static_cast<char>('A' + i));
    validator.key.bytes[0] = static_cast<std::uint8_t>(i);
    validators.push_back(validator);
  }
  return ValidatorSet(std::move(validators));
}

}  // namespace

std::string describe(Sides sides) {
  std::string words[2];
  for (std::size_t instance = 0; instance < kInstances; ++instance) {
    const bool side = instance > 0 && ((sides >> (instance - 1)) & 1) != 0;
    words[side] += (words[side].empty() ? "" : " ") + name_of(instance);
  }
  return words[0] + (words[1].empty() ? "" : " | " + words[1]);
}

Setup::Setup(std::size_t twin_place, std::uint64_t views, bool proposals, bool with_trace, std::string judged_property)
    : depth(views),
      proposals_pass(proposals),
      trace(with_trace),
      judged(std::move(judged_property)),
      signers{simulation::FakeSigner{0}, simulation::FakeSigner{1}, simulation::FakeSigner{2},
              simulation::FakeSigner{3}} {
  // A chain whose id puts the twin where it is wanted.
  for (std::uint32_t trial = 0; leaders.empty() || leaders[twin_place] != kTwin; ++trial) {
    for (std::size_t i = 0; i < sizeof trial; ++i) chain_id.bytes[i] = static_cast<std::uint8_t>(trial >> (8 * i));
    leaders = LeaderOrder(chain_id, kValidators).order();
  }
}

Network::Network(const Setup& setup) : setup_(&setup), blocks_(setup.chain_id) {
  for (std::size_t instance = 0; instance < kInstances; ++instance) {
    const ValidatorIndex self = validator_of(instance);
    Config config{.chain_id = setup.chain_id,
                  .epoch = Epoch{1},
                  .leader_seed = setup.chain_id,
                  .validators = make_validators(),
                  .self = self,
                  .delta_ms = kDeltaMs,
                  .signer = &setup.signers[self]};
    Recovered recovered;
    recovered.final_block = blocks_.genesis().ref;
    replicas_.emplace_back(std::move(config), std::move(recovered));
  }
  for (std::size_t instance = 0; instance < kInstances; ++instance) {
    apply(instance, replicas_[instance].start(TimeMs{now_ms_}));
    give(instance, 0, WorkChanged{true});
  }
}

bool Network::later(const Event& a, const Event& b) {
  return a.time_ms != b.time_ms ? a.time_ms > b.time_ms : a.order > b.order;
}

void Network::give(std::size_t instance, std::int64_t delay_ms, Input input) {
  events_.push_back({now_ms_ + delay_ms, order_++, instance, std::make_shared<const Input>(std::move(input))});
  std::push_heap(events_.begin(), events_.end(), later);
}

std::optional<View> Network::run() {
  while (true) {
    if (const auto view = hand_on()) return view;
    if (done()) return std::nullopt;
    if (next() && now_ms_ <= kEndMs) continue;
    violated("L1", "no common log after " + std::to_string(kEndMs) + " ms");
    return std::nullopt;
  }
}

void Network::split(View view, Sides sides) {
  KIMBERLITE_ASSERT(view.value == splits_.size() + 1, "the view that has no split yet");
  splits_.push_back(sides);
  // As long as the longest timer of a view before which all were lost (rule 12), and a little more.
  std::int64_t length_ms = 4 * kDeltaMs;
  for (std::uint64_t lost = 1; lost < view.value; ++lost) length_ms += length_ms / 2;
  splits_end_ms_.push_back(now_ms_ + length_ms);
}

bool Network::reaches(std::size_t from, std::size_t to, const Message& message) const {
  const View view = view_of(message);
  if (setup_->proposals_pass && std::holds_alternative<Proposal>(message)) return true;
  if (view.value == 0 || view.value > splits_.size()) return true;
  if (now_ms_ >= splits_end_ms_[view.value - 1]) return true;
  const unsigned places = static_cast<unsigned>(splits_[view.value - 1]) << 1;
  return ((places >> from) & 1) == ((places >> to) & 1);
}

std::optional<View> Network::hand_on() {
  std::size_t handed = 0;
  std::optional<View> missing;
  for (; handed < said_.size(); ++handed) {
    const Saying& saying = said_[handed];
    const View view = view_of(*saying.message);
    if (view.value <= setup_->depth && view.value > splits_.size()) {
      // Views are entered one after another, but a request may look further ahead.
      missing = View{splits_.size() + 1};
      break;
    }
    for (std::size_t to = 0; to < kInstances; ++to) {
      if (to == saying.from || (saying.to && *saying.to != validator_of(to))) continue;
      const ValidatorIndex sender = validator_of(saying.from);
      if (sender == validator_of(to) || !reaches(saying.from, to, *saying.message)) continue;
      auto message = validator_of(to) == kTwin ? without_twin(*saying.message) : std::optional(*saying.message);
      if (message) give(to, kDeliveryMs, Received{sender, *std::move(message)});
    }
  }
  said_.erase(said_.begin(), said_.begin() + static_cast<std::ptrdiff_t>(handed));
  return missing;
}

/// Feeds one replica what is due next: an event, or a tick.
bool Network::next() {
  const auto soonest =
      std::min_element(wake_.begin(), wake_.end(), [](const auto& a, const auto& b) { return a && (!b || *a < *b); });
  if (events_.empty() && !*soonest) return false;
  if (!events_.empty() && (!*soonest || events_.front().time_ms <= (*soonest)->value)) {
    std::pop_heap(events_.begin(), events_.end(), later);
    const Event event = std::move(events_.back());
    events_.pop_back();
    now_ms_ = event.time_ms;
    step(event.to, *event.input);
  } else {
    now_ms_ = (*soonest)->value;
    step(static_cast<std::size_t>(soonest - wake_.begin()), Tick{});
  }
  return true;
}

void Network::step(std::size_t instance, const Input& input) {
  ++steps_;
  if (setup_->trace && !std::holds_alternative<Tick>(input))
    std::printf("%6lld  %-2s %s\n", static_cast<long long>(now_ms_), name_of(instance).c_str(),
                simulation::describe(input).c_str());
  apply(instance, replicas_[instance].step(input, TimeMs{now_ms_}));
}

void Network::apply(std::size_t instance, Actions actions) {
  wake_[instance] = actions.wake_at;
  for (auto* outgoing : {&actions.send, &actions.send_after_persist})
    for (Outgoing& one : *outgoing)
      said_.push_back({instance, one.to, std::make_shared<const Message>(std::move(one.message))});
  if (!actions.persist.empty()) give(instance, 0, Durable{actions.persist.back().sequence});
  if (actions.build) {
    const BlockRef block = blocks_.make(actions.build->parent, actions.build->view, {}, instance).ref;
    give(instance, 0, BodyReady{block});
    give(instance, 0, Built{actions.build->view, block});
  }
  for (const VerifyRequest& request : actions.verify) {
    give(instance, 0, BodyReady{request.block});
    give(instance, 0, Verified{request.view, request.block.digest, true});
  }
  for (const BlockRef& block : actions.finalized) make_final(instance, block);
  if (actions.finalization) final_views_[instance] = actions.finalization->view;
  for (const FetchBlock& one : actions.fetch)
    for (const BlockRef& block : not_final_up_to(instance, one.digest)) give(instance, 0, BodyReady{block});
  if (actions.catch_up) catch_up(instance, *actions.catch_up);
  for (const Evidence& evidence : actions.evidence)
    if (evidence.validator != kTwin)
      violated("S3", "evidence against validator " + std::to_string(evidence.validator) + ", which is honest");
}

/// The block and those of its ancestors that are not final here, lowest first.
std::vector<BlockRef> Network::not_final_up_to(std::size_t instance, const Digest& digest) const {
  std::vector<BlockRef> chain;
  for (BlockRef block = blocks_.at(digest).ref; block.height.value > logs_[instance].size();
       block = blocks_.at(block.parent).ref)
    chain.push_back(block);
  std::reverse(chain.begin(), chain.end());
  return chain;
}

void Network::catch_up(std::size_t instance, const Certificate& target) {
  for (const BlockRef& block : not_final_up_to(instance, target.block)) make_final(instance, block);
  final_views_[instance] = target.view;
  give(instance, 0, CaughtUp{blocks_.at(target.block).ref, target});
}

void Network::make_final(std::size_t instance, const BlockRef& block) {
  auto& log = logs_[instance];
  KIMBERLITE_ASSERT(block.height.value == log.size() + 1, "final blocks in order of height");
  log.push_back(block.digest);
  if (instance >= kHonest) return;
  for (std::size_t other = 0; other < kHonest; ++other)
    if (logs_[other].size() >= log.size() && logs_[other][log.size() - 1] != block.digest)
      violated("S1", "replicas " + name_of(other) + " and " + name_of(instance) +
                         " made different blocks final at height " + std::to_string(log.size()));
}

void Network::violated(const std::string& property, const std::string& what) const {
  if (setup_->judged.empty() || setup_->judged == property) throw simulation::Violation(property, what);
}

bool Network::done() const {
  for (std::size_t instance = 0; instance < kHonest; ++instance)
    if (final_views_[instance].value <= setup_->depth || logs_[instance] != logs_[0]) return false;
  return true;
}

}  // namespace kimberlite::twins
