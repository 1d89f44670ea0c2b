#include "tests/simulation/describe.h"

#include <cstring>
#include <type_traits>

#include "tests/simulation/random.h"

namespace kimberlite::simulation {

using namespace consensus;

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

std::string kind_name(VoteKind kind) {
  return kind == VoteKind::kNotarize ? "notarize" : kind == VoteKind::kNullify ? "nullify" : "finalize";
}

std::string block_name(const BlockRef& block) {
  return describe(block.digest) + "@" + number(block.height.value) + " on " + describe(block.parent);
}

std::uint64_t word(const Digest& digest) {
  std::uint64_t value = 0;
  std::memcpy(&value, digest.bytes.data(), sizeof value);
  return value;
}

std::uint64_t print_of(const Vote& vote) {
  return mix(mix(static_cast<std::uint64_t>(vote.kind), vote.view.value), mix(word(vote.block), vote.validator));
}
std::uint64_t print_of(const Certificate& certificate) {
  std::uint64_t print = mix(static_cast<std::uint64_t>(certificate.kind), certificate.view.value);
  for (const ValidatorIndex signer : certificate.validators) print = mix(print, signer);
  return mix(print, word(certificate.block));
}
std::uint64_t print_of(const BlockRef& block) {
  return mix(word(block.digest), block.view.value);
}
std::uint64_t print_of(const Message& message) {
  return std::visit(Overloaded{[](const VoteMessage& m) { return mix(print_of(m.vote), m.final_view.value); },
                               [](const Certificate& m) { return print_of(m); },
                               [](const Proposal& m) { return mix(print_of(m.block), print_of(m.vote)); },
                               [](const CertificateRequest& m) { return mix(m.from_view.value, m.finalization_only); }},
                    message);
}

}  // namespace

std::string describe(const Digest& digest) {
  return digest.is_zero() ? "-" : digest.hex().substr(0, 6);
}

std::string describe(const Vote& vote) {
  return kind_name(vote.kind) + "(v" + number(vote.view.value) + " " + describe(vote.block) + " by " +
         number(vote.validator) + ")";
}

std::string describe(const Message& message) {
  return std::visit(
      Overloaded{
          [](const VoteMessage& m) { return describe(m.vote) + " final_view " + number(m.final_view.value); },
          [](const Certificate& m) {
            std::string words = kind_name(m.kind) + " certificate(v" + number(m.view.value) + " " + describe(m.block);
            for (const ValidatorIndex signer : m.validators) words += " " + number(signer);
            return words + ")";
          },
          [](const Proposal& m) {
            return "proposal(" + block_name(m.block) + " v" + number(m.vote.view.value) + " by " +
                   number(m.vote.validator) + ", parent view " + number(m.parent_view.value) + ")";
          },
          [](const CertificateRequest& m) {
            return "request(above v" + number(m.from_view.value) + (m.finalization_only ? ", finalization)" : ")");
          }},
      message);
}

std::string describe(const Input& input) {
  return std::visit(
      Overloaded{[](const Received& i) { return "received from " + number(*i.from) + ": " + describe(i.message); },
                 [](const PeerConnected& i) { return "connected to " + number(i.peer); },
                 [](const Tick&) { return std::string("tick"); },
                 [](const WorkChanged& i) { return std::string(i.has_work ? "work" : "no work"); },
                 [](const Built& i) {
                   return "built for v" + number(i.view.value) + ": " + (i.block ? block_name(*i.block) : "nothing");
                 },
                 [](const Verified& i) { return std::string(i.valid ? "valid " : "INVALID ") + describe(i.block); },
                 [](const BodyReady& i) { return "body ready " + block_name(i.block); },
                 [](const Durable& i) { return "durable " + number(i.sequence); },
                 [](const CaughtUp& i) { return "caught up to " + block_name(i.block); },
                 [](const RolledBack&) { return std::string("rolled back"); }},
      input);
}

std::string describe(const Actions& actions) {
  std::string words;
  for (const auto& record : actions.persist)
    words += " persist #" + number(record.sequence) + " " + describe(record.vote) +
             (record.justification ? " by " + describe(Message{*record.justification}) : "") + ";";
  if (actions.build)
    words += " build v" + number(actions.build->view.value) + " on " + block_name(actions.build->parent) + ";";
  for (const auto& request : actions.verify) words += " verify " + block_name(request.block) + ";";
  for (const auto& block : actions.finalized) words += " FINAL " + block_name(block) + ";";
  for (const auto& fetch : actions.fetch) words += " fetch " + describe(fetch.digest) + ";";
  if (actions.catch_up) words += " catch up to " + describe(actions.catch_up->block) + ";";
  if (actions.forward_pool_to) words += " forward pool to " + number(*actions.forward_pool_to) + ";";
  for (const auto& certificate : actions.keep) words += " keep " + describe(Message{certificate}) + ";";
  for (const auto& evidence : actions.evidence)
    words += " EVIDENCE against " + number(evidence.validator) + ": " + describe(evidence.first) + " and " +
             describe(evidence.second) + ";";
  return words;
}

std::uint64_t fingerprint(const Input& input) {
  const std::uint64_t print = std::visit(
      Overloaded{[](const Received& i) { return mix(print_of(i.message), i.from ? *i.from : ~0U); },
                 [](const PeerConnected& i) { return std::uint64_t{i.peer}; },
                 [](const Tick&) { return std::uint64_t{1}; },
                 [](const WorkChanged& i) { return std::uint64_t{i.has_work}; },
                 [](const Built& i) { return i.block ? print_of(*i.block) : i.view.value; },
                 [](const Verified& i) { return mix(word(i.block), i.valid); },
                 [](const BodyReady& i) { return print_of(i.block); }, [](const Durable& i) { return i.sequence; },
                 [](const CaughtUp& i) { return mix(print_of(i.block), print_of(i.finalization)); },
                 [](const RolledBack&) { return std::uint64_t{1}; }},
      input);
  return mix(print, input.index());
}

std::uint64_t fingerprint(const Actions& actions) {
  std::uint64_t print = 0;
  const auto fold = [&](std::uint64_t part) { print = mix(print, part); };
  for (const auto& record : actions.persist) fold(mix(print_of(record.vote), record.sequence));
  for (const auto* messages : {&actions.send, &actions.send_after_persist})
    for (const auto& outgoing : *messages) fold(mix(print_of(outgoing.message), outgoing.to ? *outgoing.to : ~0U));
  if (actions.build) fold(mix(2, actions.build->view.value));
  for (const auto& request : actions.verify) fold(mix(3, print_of(request.block)));
  for (const auto& block : actions.finalized) fold(mix(4, print_of(block)));
  for (const auto& fetch : actions.fetch) fold(mix(5, word(fetch.digest)));
  if (actions.catch_up) fold(mix(6, print_of(*actions.catch_up)));
  if (actions.forward_pool_to) fold(mix(7, *actions.forward_pool_to));
  for (const auto& evidence : actions.evidence) fold(mix(8, mix(print_of(evidence.first), print_of(evidence.second))));
  for (const auto& certificate : actions.keep) fold(mix(10, print_of(certificate)));
  if (actions.wake_at) fold(mix(9, static_cast<std::uint64_t>(actions.wake_at->value)));
  return print;
}

}  // namespace kimberlite::simulation
