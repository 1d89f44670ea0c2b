// The load: see clients.h.
#include "tests/cluster/chaos/clients.h"

#include <chrono>
#include <memory>
#include <random>
#include <stdexcept>

#include "cli/signing.h"
#include "kimberlite/v1/event.pb.h"
#include "node/ledger/state_key.h"

namespace kimberlite::chaos {
namespace {

constexpr std::int64_t kSubmitMs = 3'000;
constexpr std::int64_t kReadMs = 1'000;
constexpr std::size_t kReaders = 2;
// Chaos looks for wrong answers, not for the most of them: the daemons and everybody else share this machine.
constexpr std::chrono::milliseconds kBetweenCertificates{30};
constexpr std::chrono::milliseconds kBetweenTries{20};
constexpr std::chrono::milliseconds kBetweenReads{15};

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

std::vector<std::unique_ptr<cli::NodeClient>> connect(const std::vector<cli::NodeAddress>& addresses,
                                                      std::int64_t timeout_ms) {
  std::vector<std::unique_ptr<cli::NodeClient>> clients;
  for (const auto& address : addresses) clients.push_back(std::make_unique<cli::NodeClient>(address, timeout_ms));
  return clients;
}

}  // namespace

Clients::Clients(Stage& stage, Recorder& recorder, std::uint64_t seed)
    : stage_(stage), recorder_(recorder), codes_(stage.network().codes()) {
  std::vector<cli::Signer> signers;
  for (const auto& code : codes_) {
    addresses_.push_back(stage.network().address(code));
    const auto signer = stage.network().wallet().body(code, code + "-AUTHORITY");
    if (!signer) throw std::runtime_error(signer.error().to_string());
    signers.push_back(*signer);
  }
  for (std::size_t home = 0; home < codes_.size(); ++home) {
    threads_.emplace_back([this, home, signer = signers[home]] { write(home, signer); });
  }
  for (std::size_t reader = 0; reader < kReaders; ++reader) {
    threads_.emplace_back([this, seed, reader] { read(seed + reader); });
  }
}

Clients::~Clients() {
  stop();
}

void Clients::stop() {
  stopping_ = true;
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

Call Clients::begin(std::size_t node) const {
  return {.node = node, .life = stage_.life(node), .invoked_us = now_us()};
}

void Clients::end(Call& call) const {
  call.answered_us = now_us();
  if (stage_.life(call.node) != call.life) call.life = kBetweenLives;
}

void Clients::write(std::size_t home, const cli::Signer& signer) {
  const auto nodes = connect(addresses_, kSubmitMs);
  const std::string& importer = codes_[(home + 1) % codes_.size()];
  for (std::uint64_t number = 1; !stopping_; ++number) {
    const auto event = cluster::DaemonNetwork::issue_event(codes_[home], importer, number);
    Certificate certificate{.number = event.certificate_issue().number(),
                            .envelope = stage_.network().sign(signer, event)};
    certificate.id = cli::id_of_signed_bytes(certificate.envelope);
    for (std::size_t node = home; !submit(*nodes[node], node, certificate); node = (node + 1) % nodes.size()) {
      if (stopping_) return;
      std::this_thread::sleep_for(kBetweenTries);
    }
    remember(certificate);
    std::this_thread::sleep_for(kBetweenCertificates);
  }
}

bool Clients::submit(cli::NodeClient& client, std::size_t node, const Certificate& certificate) {
  EnvelopeCall call{.call = begin(node), .question = Question::kSubmit, .id = certificate.id};
  take(call, client.submit(certificate.envelope, kSubmitMs));
  end(call.call);
  const bool final = call.answer == Answer::kFinal;
  recorder_.add(std::move(call));
  return final;
}

void Clients::read(std::uint64_t seed) {
  const auto nodes = connect(addresses_, kReadMs);
  std::mt19937_64 random(seed);
  while (!stopping_) {
    std::this_thread::sleep_for(kBetweenReads);
    const std::size_t node = random() % nodes.size();
    const auto kind = random() % 4;
    const auto certificate = recall(random());
    if (kind < 2 || certificate.envelope.empty()) {
      look(*nodes[node], node);
    } else if (kind == 2) {
      find(*nodes[node], node, certificate);
    } else {
      find_state(*nodes[node], node, certificate);
    }
  }
}

void Clients::look(cli::NodeClient& client, std::size_t node) {
  StatusCall call{.call = begin(node)};
  const auto status = client.status();
  end(call.call);
  if (!status) return;
  call.final_height = status->final_height();
  call.log_size = status->log_size();
  call.log_root = Digest::from_bytes(status->log_root()).value_or(Digest{});
  call.evidence = status->evidence();
  recorder_.add(call);
}

void Clients::find(cli::NodeClient& client, std::size_t node, const Certificate& certificate) {
  EnvelopeCall call{.call = begin(node), .question = Question::kFind, .id = certificate.id};
  take(call, client.envelope(certificate.id));
  end(call.call);
  recorder_.add(std::move(call));
}

void Clients::find_state(cli::NodeClient& client, std::size_t node, const Certificate& certificate) {
  EnvelopeCall call{.call = begin(node), .question = Question::kState, .id = certificate.id};
  const auto state = client.state(ledger::certificate_key(certificate.number));
  end(call.call);
  call.answer = !state ? Answer::kFailed : state->found() ? Answer::kFinal : Answer::kUnknown;
  recorder_.add(std::move(call));
}

void Clients::remember(const Certificate& certificate) {
  const std::lock_guard lock(mutex_);
  if (final_.size() < kRememberedMax) {
    final_.push_back(certificate);
  } else {
    final_[next_final_++ % kRememberedMax] = certificate;
  }
}

Clients::Certificate Clients::recall(std::uint64_t chance) {
  const std::lock_guard lock(mutex_);
  return final_.empty() ? Certificate{} : final_[chance % final_.size()];
}

}  // namespace kimberlite::chaos
