// evidence: who signed two votes that no honest validator signs, as the nodes keep it. That the votes are that
// participant's is proven here, from the genesis document on.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <map>
#include <string>
#include <vector>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/evidence_proof.h"
#include "cli/table.h"
#include "kimberlite/v1/consensus.pb.h"
#include "proto/encoding.h"
#include "proto/epoch_chain.h"
#include "proto/strict.h"

namespace kimberlite::cli {

namespace {

namespace json = boost::json;

constexpr std::size_t kBlockDigestShown = 12;

std::string_view kind_name(v1::VoteKind kind) {
  switch (kind) {
    case v1::VOTE_KIND_NOTARIZE:
      return "notarize";
    case v1::VOTE_KIND_NULLIFY:
      return "nullify";
    case v1::VOTE_KIND_FINALIZE:
      return "finalize";
    default:
      return "unknown";
  }
}

std::string describe(const v1::Vote& vote) {
  std::string text(kind_name(vote.kind()));
  if (!vote.block().empty()) {
    text += " " + to_hex(vote.block()).substr(0, kBlockDigestShown);
  }
  return text;
}

/// A pair, the nodes that keep it, and why it proves nothing.
struct Kept {
  v1::EvidencePair pair;
  std::vector<std::string> nodes;
  std::string fault;  ///< empty: proven
};

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    text += (text.empty() ? "" : " ") + name;
  }
  return text;
}

/// What the nodes of a home keep.
struct Gathered {
  std::map<std::string, Kept> pairs;  ///< by their bytes
  EpochSets epochs;                   ///< the longest walk that any of them proved
  std::size_t silent = 0;             ///< nodes that did not answer
  std::size_t unproven = 0;
};

void ask(const Context& context, const NodeAddress& address, const GenesisDocument& genesis, Gathered& all) {
  NodeClient node(address, context.timeout_ms());
  const auto pairs = node.evidence();
  const auto chain = pairs ? node.epochs() : std::unexpected(pairs.error());
  if (!chain) {
    ++all.silent;
    context.err << address.name << " does not answer: " << chain.error().message << '\n';
    return;
  }
  if (auto walked = walk_epochs(genesis, serialize_canonical(*chain)); !walked) {
    context.err << address.name << " does not prove its epochs: " << walked.error().to_string() << '\n';
  } else if (walked->sets.size() > all.epochs.sets.size()) {
    all.epochs = *std::move(walked);
  }
  for (const auto& pair : *pairs) {
    Kept& kept = all.pairs[pair.SerializeAsString()];
    kept.pair = pair;
    kept.nodes.push_back(address.name);
  }
}

void print_table(const Context& context, const Gathered& all) {
  if (all.pairs.empty()) {
    context.out << "No validator was seen to vote against itself.\n";
    return;
  }
  Table table({"participant", ">epoch", ">view", "first vote", "second vote", "proven", "kept by"});
  for (const auto& [bytes, kept] : all.pairs) {
    const v1::Vote& first = kept.pair.first();
    table.add({kept.pair.participant(), std::to_string(first.epoch()), std::to_string(first.view()), describe(first),
               describe(kept.pair.second()), kept.fault.empty() ? "yes" : "NO: " + kept.fault, joined(kept.nodes)});
  }
  table.print(context.out);
  if (all.unproven < all.pairs.size()) {
    context.out << "\nProven: two votes by one key that no honest node signs. Its owner runs it twice, or cheats.\n";
  }
  if (all.unproven > 0) {
    context.out << "\nWhat is not proven accuses nobody but the nodes that keep it.\n";
  }
}

void print_json(const Context& context, const Gathered& all) {
  json::array list;
  for (const auto& [bytes, kept] : all.pairs) {
    const v1::Vote& first = kept.pair.first();
    list.push_back(json::object{{"participant", kept.pair.participant()},
                                {"node_key", to_hex(kept.pair.node_key())},
                                {"epoch", first.epoch()},
                                {"view", first.view()},
                                {"first", describe(first)},
                                {"second", describe(kept.pair.second())},
                                {"proven", kept.fault.empty()},
                                {"fault", kept.fault},
                                {"kept_by", joined(kept.nodes)},
                                {"pair", to_hex(bytes)}});
  }
  context.out << list << '\n';
}

ExitCode show_evidence(const Context& context) {
  const auto config = load_client_config(context.options);
  if (!config) {
    return context.report(config.error());
  }
  const auto genesis = load_home_genesis(context.options);
  if (!genesis) {
    return context.report(genesis.error(), ExitCode::kUsage);
  }
  auto first_epoch = walk_epochs(*genesis, std::string_view());
  if (!first_epoch) {
    return context.report(first_epoch.error());
  }
  Gathered all{.pairs = {}, .epochs = *std::move(first_epoch)};
  for (const auto& address : config->nodes) {
    ask(context, address, *genesis, all);
  }
  for (auto& [bytes, kept] : all.pairs) {
    if (const auto held = check_evidence(kept.pair, all.epochs, genesis->chain_id); !held) {
      kept.fault = held.error().message;
      ++all.unproven;
    }
  }
  if (context.options.json) {
    print_json(context, all);
  } else {
    print_table(context, all);
  }
  if (all.unproven > 0) {
    return ExitCode::kVerificationFailed;
  }
  if (all.silent == config->nodes.size()) {
    return ExitCode::kUnreachable;
  }
  return all.silent == 0 ? ExitCode::kOk : ExitCode::kPartlyDone;
}

}  // namespace

void add_evidence_command(CLI::App& app, Context& context) {
  auto* command =
      app.add_subcommand("evidence", "Validators that voted against themselves, with proof")->group("Verification");
  command->footer(
      "Each pair is proven from the genesis document: whose key it was in that epoch, and both signatures.\n"
      "Exit code 4 if one is not, 5 if some nodes answer and others do not, 3 if none does.");
  command->callback([&context] { context.action = [&context] { return show_evidence(context); }; });
}

}  // namespace kimberlite::cli
