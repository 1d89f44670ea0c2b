// A new key for a node: see key_change.h.
#include "tests/cluster/chaos/key_change.h"

#include <signal.h>

#include "kimberlite/v1/event.pb.h"
#include "tests/cluster/chaos/calls.h"

namespace kimberlite::chaos {
namespace {

constexpr std::int64_t kRegisterMs = 60'000;
constexpr std::int64_t kRegisterAnswerMs = 3'000;
constexpr std::int64_t kVotesMs = 60'000;

/// Final on the log; asked through one other node after another.
Result<void> register_key(Stage& stage, std::size_t node, const PublicKey& key) {
  auto& network = stage.network();
  const std::string& code = stage.code(node);
  const auto root = network.wallet().root(code);
  if (!root) return std::unexpected(root.error());
  v1::Event event;
  event.mutable_node_register()->set_public_key(std::string(key.view()));
  const std::string envelope = network.sign(*root, event);
  std::size_t through = node;
  EnvelopeCall answer;
  const bool decided = cluster::wait_until(kRegisterMs, [&] {
    through = (through + 1) % stage.nodes();
    if (through == node) return false;
    answer = submit(stage, through, network.client(stage.code(through)), envelope, kRegisterAnswerMs);
    return answer.answer == Answer::kFinal || answer.answer == Answer::kRefused;
  });
  if (decided && answer.answer == Answer::kFinal) return {};
  return fail(Reason::UNAVAILABLE, code, "its new key is not registered: " + answer.reason);
}

}  // namespace

void stop(Stage& stage, std::size_t node) {
  const std::string& code = stage.code(node);
  stage.network().collect_end(code);
  if (stage.network().runs(code)) stage.network().signal(code, SIGKILL);
}

Result<void> replace_key(Stage& stage, std::size_t node) {
  auto& network = stage.network();
  const std::string& code = stage.code(node);
  const SecretKey key = SecretKey::generate();
  if (auto registered = register_key(stage, node, key.public_key()); !registered) return registered;
  stop(stage, node);
  network.set_node_key(code, key);
  network.start(code);
  std::string why;
  const bool votes = cluster::wait_until(kVotesMs, [&] {
    cli::NodeClient client(network.address(code), kQuickAnswerMs);
    const auto status = client.status();
    why = status ? status->why() : status.error().to_string();
    return status && status->validator();
  });
  return votes ? Result<void>{} : fail(Reason::UNAVAILABLE, code, "does not vote with its new key: " + why);
}

}  // namespace kimberlite::chaos
