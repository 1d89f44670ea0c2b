#include "node/api/ledger_service.h"

#include "node/api/epoch_links.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <chrono>
#include <optional>
#include <utility>

#include "node/api/grpc_server.h"
#include "node/api/grpc_status.h"
#include "node/api/watch_reactor.h"
#include "node/runtime/give_way.h"
#include "proto/merkle_log.h"
#include "storage/state_overlay.h"

namespace kimberlite::api {
namespace {

// Keys are short; a longer one can only be a mistake.
constexpr std::size_t kKeyBytesMax = 256;

grpc::ServerUnaryReactor* refuse(grpc::CallbackServerContext& context, const Error& error) {
  auto* reactor = context.DefaultReactor();
  reactor->Finish(to_status(error, context));
  return reactor;
}

runtime::SteadyTime answer_by(const grpc::CallbackServerContext& context) {
  const auto now = std::chrono::steady_clock::now();
  const auto left = context.deadline() - std::chrono::system_clock::now();
  const auto wait = std::min<std::chrono::nanoseconds>(left - std::chrono::milliseconds(kSubmitMarginMs),
                                                       std::chrono::milliseconds(kSubmitWaitMaxMs));
  return now + std::chrono::duration_cast<std::chrono::steady_clock::duration>(wait);
}

void fill(const ledger::Refusal& refusal, v1::RefusalDetail& out) {
  out.set_reason(std::string(reason_name(refusal.reason)));
  out.set_event_index(refusal.event_index);
  out.set_field(refusal.field);
  out.set_message(refusal.message);
}

v1::Outcome to_outcome(runtime::Outcome outcome) {
  switch (outcome) {
    case runtime::Outcome::kFinal:
      return v1::OUTCOME_FINAL;
    case runtime::Outcome::kRefused:
      return v1::OUTCOME_REFUSED;
    case runtime::Outcome::kPending:
      return v1::OUTCOME_PENDING;
    case runtime::Outcome::kUnknown:
      return v1::OUTCOME_UNKNOWN;
  }
  return v1::OUTCOME_UNSPECIFIED;
}

template <typename Response>
void fill(const runtime::SubmitResult& result, Response& out) {
  out.set_outcome(to_outcome(result.outcome));
  if (result.outcome == runtime::Outcome::kFinal) {
    out.set_height(result.location.height.value);
    out.set_log_index(result.location.index.value);
  }
  if (result.outcome == runtime::Outcome::kRefused) fill(result.refusal, *out.mutable_refusal());
}

// Set where the node could not take the call: an error of the service, not an answer of the rules.
std::optional<Error> service_error(const runtime::SubmitResult& result) {
  const auto& refusal = result.refusal;
  if (result.outcome != runtime::Outcome::kRefused) return std::nullopt;
  if (refusal.reason != Reason::OVERLOADED && refusal.reason != Reason::UNAVAILABLE) return std::nullopt;
  return Error{refusal.reason, refusal.field, refusal.message};
}

// Three links: value -> state root -> record in the log -> checkpoint. The state is `at`'s, the checkpoint may be
// later.
Result<void> assemble_proof(const storage::Snapshot& at, const storage::Snapshot& newest,
                            const runtime::Checkpoints::Note& note, const std::string& key, v1::StateProof& out) {
  const auto record = at.record_leaf(at.tip().height);
  if (!record) return fail(Reason::STORE_CORRUPT, "record", "the newest record is missing");
  out.set_format(1);
  out.set_key(key);
  if (auto value = at.get(key)) out.set_value(*std::move(value));
  const auto map = storage::prove_state(at, key);
  for (const auto& sibling : map.siblings) out.mutable_map()->add_siblings(std::string(sibling.view()));
  if (map.other_leaf) {
    out.mutable_map()->set_other_leaf_path(std::string(map.other_leaf->path.view()));
    out.mutable_map()->set_other_leaf_value_digest(std::string(map.other_leaf->value_digest.view()));
  }
  const LogIndex index{at.tip().log_size.value - 1};
  auto inclusion = inclusion_proof(
      index, note.size, [&](unsigned level, std::uint64_t position) { return newest.log_node(level, position); });
  if (!inclusion) return std::unexpected(inclusion.error());
  out.set_record_leaf(*record);
  out.set_record_index(index.value);
  out.set_log_size(note.size.value);
  for (const auto& node : *inclusion) out.add_inclusion(std::string(node.view()));
  out.set_checkpoint(note.bytes);
  add_epoch_links(newest, note.size, *out.mutable_epochs());
  return {};
}

}  // namespace

LedgerService::LedgerService(runtime::Node& node, AnswerBudget& answers) : node_(node), answers_(answers) {}

grpc::ServerUnaryReactor* LedgerService::Submit(grpc::CallbackServerContext* context, const grpc::ByteBuffer* request,
                                                grpc::ByteBuffer* response) {
  runtime::give_way();
  v1::SubmitRequest parsed;
  grpc::ByteBuffer bytes(*request);
  if (!grpc::SerializationTraits<v1::SubmitRequest>::Deserialize(&bytes, &parsed).ok()) {
    return refuse(*context, {Reason::MALFORMED, "request", "these bytes are not a SubmitRequest"});
  }
  // The three fields of a strict SignedEnvelope serialise back to the bytes that were signed and sent.
  auto envelope = open_envelope(parsed.envelope().SerializeAsString(), node_.genesis().chain_id);
  if (!envelope) return refuse(*context, envelope.error());
  auto* reactor = context->DefaultReactor();
  const Digest id = (*envelope)->id();
  node_.submit(*std::move(envelope), answer_by(*context),
               [context, response, reactor, id](const runtime::SubmitResult& result) {
                 if (const auto error = service_error(result)) return reactor->Finish(to_status(*error, *context));
                 v1::SubmitResponse answer;
                 answer.set_envelope_id(std::string(id.view()));
                 fill(result, answer);
                 bool owned = false;
                 reactor->Finish(grpc::SerializationTraits<v1::SubmitResponse>::Serialize(answer, response, &owned));
               });
  return reactor;
}

grpc::ServerUnaryReactor* LedgerService::GetEnvelope(grpc::CallbackServerContext* context,
                                                     const v1::GetEnvelopeRequest* request,
                                                     v1::GetEnvelopeResponse* response) {
  const auto id = Digest::from_bytes(request->envelope_id());
  if (!id) return refuse(*context, {Reason::BAD_REQUEST, "envelope_id", "an envelope id has 32 bytes"});
  auto* reactor = context->DefaultReactor();
  node_.find(*id, [context, response, reactor](const runtime::SubmitResult& result) {
    if (const auto error = service_error(result)) return reactor->Finish(to_status(*error, *context));
    fill(result, *response);
    reactor->Finish(grpc::Status::OK);
  });
  return reactor;
}

grpc::ServerUnaryReactor* LedgerService::GetState(grpc::CallbackServerContext* context,
                                                  const v1::GetStateRequest* request, v1::GetStateResponse* response) {
  if (request->key().empty() || request->key().size() > kKeyBytesMax) {
    return refuse(*context, {Reason::BAD_REQUEST, "key", "a key has 1 to 256 bytes, such as certificate/BW-0002601"});
  }
  const auto snapshot = node_.snapshot();
  auto value = snapshot->get(request->key());
  response->set_found(value.has_value());
  if (value) response->set_value(*std::move(value));
  response->set_height(snapshot->tip().height.value);
  auto* reactor = new CountedAnswer(answers_);
  reactor->answer(*context, *response);
  return reactor;
}

grpc::ServerUnaryReactor* LedgerService::ListState(grpc::CallbackServerContext* context,
                                                   const v1::ListStateRequest* request,
                                                   v1::ListStateResponse* response) {
  if (request->page_size() > kPageMax) {
    return refuse(*context, {Reason::BAD_REQUEST, "page_size", "at most " + std::to_string(kPageMax)});
  }
  if (request->prefix().size() > kKeyBytesMax || request->page_token().size() > kKeyBytesMax ||
      !request->page_token().starts_with(request->page_token().empty() ? "" : request->prefix())) {
    return refuse(*context, {Reason::BAD_REQUEST, "page_token", "use the token of the previous page of this prefix"});
  }
  const std::size_t size = request->page_size() == 0 ? kPageDefault : request->page_size();
  const auto snapshot = node_.snapshot();
  auto items = snapshot->list(request->prefix(), request->page_token(), size + 1);
  if (items.size() > size) {
    items.pop_back();
    response->set_next_page_token(items.back().key);
  }
  for (auto& item : items) {
    auto& out = *response->add_items();
    out.set_key(std::move(item.key));
    out.set_value(std::move(item.value));
  }
  response->set_height(snapshot->tip().height.value);
  auto* reactor = new CountedAnswer(answers_);
  reactor->answer(*context, *response);
  return reactor;
}

grpc::ServerWriteReactor<v1::WatchResponse>* LedgerService::Watch(grpc::CallbackServerContext* context,
                                                                  const v1::WatchRequest* request) {
  if (++watchers_ > kWatchersMax) {
    --watchers_;
    class Refused final : public grpc::ServerWriteReactor<v1::WatchResponse> {
     public:
      explicit Refused(const grpc::Status& status) { Finish(status); }
      void OnDone() override { delete this; }
    };
    return new Refused(to_status({Reason::OVERLOADED, "watch", "as many watch as the node allows"}, *context));
  }
  return new WatchReactor(node_, store_thread_, watchers_, LogIndex{request->from_index()});
}

grpc::ServerUnaryReactor* LedgerService::Prove(grpc::CallbackServerContext* context, const v1::ProveRequest* request,
                                               v1::ProveResponse* response) {
  if (request->key().empty() || request->key().size() > kKeyBytesMax) {
    return refuse(*context, {Reason::BAD_REQUEST, "key", "a key has 1 to 256 bytes, such as certificate/BW-0002601"});
  }
  const auto at = node_.snapshot();
  if (at->tip().height.value == 0) {
    return refuse(*context, {Reason::UNAVAILABLE, "checkpoint", "no block is final yet, so nothing is signed"});
  }
  auto* reactor = new CountedAnswer(answers_);
  const auto prove = [this, context, response, reactor, at,
                      key = request->key()](const runtime::Checkpoints::Note& note) {
    const auto assembled = assemble_proof(*at, *node_.snapshot(), note, key, *response->mutable_proof());
    if (!assembled) return reactor->Finish(to_status(assembled.error(), *context));
    reactor->answer(*context, *response);
  };
  // Whoever brings the last signature has votes to read: the network's thread, mostly.
  const auto covered = [this, context, reactor, prove](const runtime::Checkpoints::Note& note) {
    if (note.bytes.empty())
      return reactor->Finish(to_status({Reason::UNAVAILABLE, "node", "this node is stopping"}, *context));
    boost::asio::post(store_thread_, [prove, note] { prove(note); });
  };
  if (!node_.checkpoints().when_covered(at->tip().log_size, covered)) {
    reactor->Finish(to_status({Reason::OVERLOADED, "checkpoint", "as many proofs wait as the node allows"}, *context));
  }
  return reactor;
}

}  // namespace kimberlite::api
