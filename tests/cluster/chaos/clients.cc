// The load: see clients.h.
#include "tests/cluster/chaos/clients.h"

#include <chrono>
#include <memory>
#include <random>
#include <stdexcept>

#include "cli/signing.h"
#include "kimberlite/v1/event.pb.h"
#include "tests/cluster/chaos/calls.h"

namespace kimberlite::chaos {
namespace {

constexpr std::int64_t kSubmitMs = 3'000;
constexpr std::int64_t kReadMs = 1'000;
constexpr std::size_t kReaders = 2;
// Chaos looks for wrong answers, not for the most of them: the daemons and everybody else share this machine.
constexpr std::chrono::milliseconds kBetweenCertificates{30};
constexpr std::chrono::milliseconds kBetweenTries{20};
constexpr std::chrono::milliseconds kBetweenReads{15};

std::vector<std::unique_ptr<cli::NodeClient>> connect(const std::vector<cli::NodeAddress>& addresses,
                                                      std::int64_t timeout_ms) {
  std::vector<std::unique_ptr<cli::NodeClient>> clients;
  for (const auto& address : addresses) clients.push_back(std::make_unique<cli::NodeClient>(address, timeout_ms));
  return clients;
}

}  // namespace

Clients::Clients(Stage& stage, std::uint64_t seed) : stage_(stage), codes_(stage.network().codes()) {
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

void Clients::write(std::size_t home, const cli::Signer& signer) {
  const auto nodes = connect(addresses_, kSubmitMs);
  const std::string& importer = codes_[(home + 1) % codes_.size()];
  for (std::uint64_t number = 1; !stopping_; ++number) {
    const auto event = cluster::DaemonNetwork::issue_event(codes_[home], importer, number);
    Certificate certificate{.number = event.certificate_issue().number(),
                            .envelope = stage_.network().sign(signer, event)};
    certificate.id = cli::id_of_signed_bytes(certificate.envelope);
    const auto is_final = [&](std::size_t node) {
      return submit(stage_, node, *nodes[node], certificate.envelope, kSubmitMs).answer == Answer::kFinal;
    };
    for (std::size_t node = home; !is_final(node); node = (node + 1) % nodes.size()) {
      if (stopping_) return;
      std::this_thread::sleep_for(kBetweenTries);
    }
    remember(certificate);
    std::this_thread::sleep_for(kBetweenCertificates);
  }
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
      look(stage_, node, *nodes[node]);
    } else if (kind == 2) {
      find(stage_, node, *nodes[node], certificate.id);
    } else {
      find_state(stage_, node, *nodes[node], certificate.id, certificate.number);
    }
  }
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
