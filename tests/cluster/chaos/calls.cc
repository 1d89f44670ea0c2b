// Recorded calls: see calls.h.
#include "tests/cluster/chaos/calls.h"

#include <utility>

#include "cli/signing.h"
#include "node/ledger/state_key.h"

namespace kimberlite::chaos {
namespace {

Answer answer_of(v1::Outcome outcome) {
  switch (outcome) {
    case v1::OUTCOME_FINAL:
      return Answer::kFinal;
    case v1::OUTCOME_REFUSED:
      return Answer::kRefused;
    case v1::OUTCOME_PENDING:
      return Answer::kPending;
    default:
      return Answer::kUnknown;
  }
}

/// What a node said about an envelope, by either call.
template <typename Response>
void take(EnvelopeCall& call, const Result<Response>& response) {
  call.answer = response ? answer_of(response->outcome()) : Answer::kFailed;
  if (!response) return;
  call.height = response->height();
  call.log_index = response->log_index();
  call.reason = response->refusal().reason();
  // A full queue is no verdict on the envelope: the client is told to try again.
  if (call.answer == Answer::kRefused && call.reason == "OVERLOADED") call.answer = Answer::kFailed;
}

Call begin(Stage& stage, std::size_t node) {
  return {.node = node, .life = stage.life(node), .invoked_us = now_us()};
}

void end(Stage& stage, Call& call) {
  call.answered_us = now_us();
  if (stage.life(call.node) != call.life) call.life = kBetweenLives;
}

bool look_as(Stage& stage, const Call& begun, cli::NodeClient& client) {
  StatusCall call{.call = begun};
  const auto status = client.status();
  if (!status) return false;
  call.final_height = status->final_height();
  call.log_size = status->log_size();
  call.log_root = Digest::from_bytes(status->log_root()).value_or(Digest{});
  if (status->evidence() > 0) {
    const auto pairs = client.evidence();
    if (!pairs) return false;
    for (const auto& pair : *pairs) call.accused.insert(PublicKey::from_bytes(pair.node_key()).value_or(PublicKey{}));
  }
  end(stage, call.call);
  stage.recorder().add(std::move(call));
  return true;
}

}  // namespace

EnvelopeCall submit(Stage& stage, std::size_t node, cli::NodeClient& client, const std::string& envelope,
                    std::int64_t timeout_ms) {
  EnvelopeCall call{.call = begin(stage, node), .question = Question::kSubmit, .id = cli::id_of_signed_bytes(envelope)};
  take(call, client.submit(envelope, timeout_ms));
  end(stage, call.call);
  stage.recorder().add(call);
  return call;
}

void find(Stage& stage, std::size_t node, cli::NodeClient& client, const Digest& id) {
  EnvelopeCall call{.call = begin(stage, node), .question = Question::kFind, .id = id};
  take(call, client.envelope(id));
  end(stage, call.call);
  stage.recorder().add(std::move(call));
}

void find_state(Stage& stage, std::size_t node, cli::NodeClient& client, const Digest& id, const std::string& number) {
  EnvelopeCall call{.call = begin(stage, node), .question = Question::kState, .id = id};
  const auto state = client.state(ledger::certificate_key(number));
  end(stage, call.call);
  call.answer = !state ? Answer::kFailed : state->found() ? Answer::kFinal : Answer::kUnknown;
  stage.recorder().add(std::move(call));
}

bool look(Stage& stage, std::size_t node, cli::NodeClient& client) {
  return look_as(stage, begin(stage, node), client);
}

bool look_at_double(Stage& stage, std::size_t node, cli::NodeClient& client) {
  return look_as(stage, {.node = node, .life = kBetweenLives, .invoked_us = now_us()}, client);
}

}  // namespace kimberlite::chaos
