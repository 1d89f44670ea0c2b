// status: how the nodes stand, side by side, and why one does not advance.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/table.h"
#include "proto/civil_time.h"
#include "proto/encoding.h"

namespace kimberlite::cli {

namespace {

namespace json = boost::json;

constexpr std::size_t kRootShown = 12;

struct NodeAnswer {
  NodeAddress address;
  Result<v1::GetStatusResponse> status;
};

json::object to_json(const NodeAnswer& answer) {
  json::object object{{"node", answer.address.name}, {"grpc", answer.address.grpc}};
  if (!answer.status) {
    object["error"] = answer.status.error().to_string();
    return object;
  }
  const auto& status = *answer.status;
  json::array peers;
  for (const auto& peer : status.peers()) {
    peers.push_back(json::object{
        {"participant", peer.participant()}, {"address", peer.address()}, {"connected", peer.connected()}});
  }
  object["network_name"] = status.network_name();
  object["chain_id"] = to_hex(status.chain_id());
  object["clock"] = status.clock() == v1::CLOCK_REPLAY ? "replay" : "wall";
  object["participant"] = status.participant();
  object["validator"] = status.validator();
  object["epoch"] = status.epoch();
  object["view"] = status.view();
  object["final_height"] = status.final_height();
  object["log_size"] = status.log_size();
  object["log_root"] = to_hex(status.log_root());
  object["state_root"] = to_hex(status.state_root());
  object["block_time"] = format_time(TimeMs{status.block_time_ms()});
  object["ledger_time"] = format_time(TimeMs{status.ledger_time_ms()});
  object["pool_envelopes"] = status.pool_envelopes();
  object["checkpoint_size"] = status.checkpoint_size();
  object["checkpoint_signatures"] = status.checkpoint_signatures();
  object["progressing"] = status.progressing();
  object["why"] = status.why();
  object["peers"] = std::move(peers);
  object["software"] = status.software();
  object["evidence"] = status.evidence();
  json::array skipped;
  for (const auto& leader : status.skipped_leaders()) skipped.emplace_back(leader);
  object["skipped_leaders"] = std::move(skipped);
  object["synced_writes"] = status.synced_writes();
  object["peer_bytes_sent"] = status.peer_bytes_sent();
  return object;
}

/// Who gets no time as leader, and by whom that is said.
void print_skipped(std::ostream& out, const std::vector<NodeAnswer>& answers) {
  std::map<std::string, std::string> told_by;
  for (const auto& answer : answers)
    if (answer.status)
      for (const auto& leader : answer.status->skipped_leaders()) told_by[leader] += " " + answer.status->participant();
  for (const auto& [leader, nodes] : told_by)
    out << leader << " gets no time in its next turn as leader: it was silent, or proposed nothing when there was work"
        << " (seen by" << nodes << ").\n";
}

void print(const Context& context, const std::vector<NodeAnswer>& answers) {
  Table table({"node", ">height", ">leaves", "state root", ">view", ">checkpoint", ">peers", ">pool", "ledger time",
               "condition"});
  for (const auto& answer : answers) {
    if (!answer.status) {
      table.add(
          {answer.address.name, "", "", "", "", "", "", "", "", "does not answer: " + answer.status.error().message});
      continue;
    }
    const auto& status = *answer.status;
    const auto connected =
        std::count_if(status.peers().begin(), status.peers().end(), [](const auto& peer) { return peer.connected(); });
    table.add({status.participant(), grouped(status.final_height()), grouped(status.log_size()),
               to_hex(status.state_root()).substr(0, kRootShown), grouped(status.view()),
               grouped(status.checkpoint_size()) + " (" + std::to_string(status.checkpoint_signatures()) + ")",
               std::to_string(connected) + "/" + std::to_string(status.peers_size()), grouped(status.pool_envelopes()),
               format_time(TimeMs{status.ledger_time_ms()}), status.why().empty() ? "progressing" : status.why()});
  }
  table.print(context.out);
  const auto first =
      std::find_if(answers.begin(), answers.end(), [](const auto& answer) { return answer.status.has_value(); });
  if (first != answers.end()) {
    context.out << "\nnetwork " << first->status->network_name() << ", chain id " << to_hex(first->status->chain_id())
                << (first->status->clock() == v1::CLOCK_REPLAY
                        ? ", REPLAY clock: a past time is lived through, not today"
                        : "")
                << ", epoch " << first->status->epoch() << '\n';
  }
  print_skipped(context.out, answers);
  const bool evidence = std::any_of(answers.begin(), answers.end(),
                                    [](const auto& answer) { return answer.status && answer.status->evidence() > 0; });
  if (evidence) {
    context.out << "A validator voted against itself: see `kimberlite evidence`.\n";
  }
}

ExitCode show_status(const Context& context) {
  const auto config = load_client_config(context.options);
  if (!config) {
    return context.report(config.error());
  }
  std::vector<NodeAnswer> answers;
  for (const auto& address : config->nodes) {
    NodeClient node(address, context.timeout_ms());
    answers.push_back({address, node.status()});
  }
  if (context.options.json) {
    json::array list;
    for (const auto& answer : answers) {
      list.push_back(to_json(answer));
    }
    context.out << list << '\n';
  } else {
    print(context, answers);
  }
  const auto answered =
      std::count_if(answers.begin(), answers.end(), [](const auto& answer) { return answer.status.has_value(); });
  if (answered == 0) {
    return context.report(answers.front().status.error());
  }
  return answered == std::ssize(answers) ? ExitCode::kOk : ExitCode::kPartlyDone;
}

}  // namespace

void add_status_command(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("status", "How the nodes stand, and why one does not advance")->group("Questions");
  command->footer("Exit code 5 if some nodes answer and others do not, 3 if none does.");
  command->callback([&context] { context.action = [&context] { return show_status(context); }; });
}

}  // namespace kimberlite::cli
