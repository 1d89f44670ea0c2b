// evidence: who signed two votes that no honest validator signs, as the nodes keep it, with both signatures checked
// here.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <map>
#include <string>
#include <vector>

#include "cli/client.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/table.h"
#include "kimberlite/v1/consensus.pb.h"
#include "proto/encoding.h"
#include "proto/vote_payload.h"

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

std::string_view tag_of(v1::VoteKind kind) {
  return kind == v1::VOTE_KIND_NOTARIZE ? kNotarizeTag : kind == v1::VOTE_KIND_NULLIFY ? kNullifyTag : kFinalizeTag;
}

bool holds(const v1::Vote& vote, const PublicKey& key, const Digest& chain_id) {
  const auto block = vote.block().empty() ? std::optional(Digest{}) : Digest::from_bytes(vote.block());
  const auto signature = Signature::from_bytes(vote.signature());
  return block && signature &&
         verify_tagged(key, tag_of(vote.kind()), vote_payload(chain_id, Epoch{vote.epoch()}, View{vote.view()}, *block),
                       *signature);
}

/// Whether both votes are the key's, of one view, and contradict each other.
bool proves(const v1::EvidencePair& pair, const Digest& chain_id) {
  const auto key = PublicKey::from_bytes(pair.node_key());
  const v1::Vote& first = pair.first();
  const v1::Vote& second = pair.second();
  const bool same_view = first.epoch() == second.epoch() && first.view() == second.view();
  const bool same_kind = first.kind() == second.kind();
  const auto is = [&](v1::VoteKind kind) { return first.kind() == kind || second.kind() == kind; };
  const bool contradict =
      same_kind ? first.block() != second.block() : is(v1::VOTE_KIND_NULLIFY) && is(v1::VOTE_KIND_FINALIZE);
  return key && same_view && contradict && holds(first, *key, chain_id) && holds(second, *key, chain_id);
}

std::string describe(const v1::Vote& vote) {
  std::string text(kind_name(vote.kind()));
  if (!vote.block().empty()) {
    text += " " + to_hex(vote.block()).substr(0, kBlockDigestShown);
  }
  return text;
}

/// A pair and the nodes that keep it.
struct Kept {
  v1::EvidencePair pair;
  std::vector<std::string> nodes;
};

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    text += (text.empty() ? "" : " ") + name;
  }
  return text;
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
  std::map<std::string, Kept> all;
  std::size_t silent = 0;
  for (const auto& address : config->nodes) {
    NodeClient node(address, context.timeout_ms());
    const auto pairs = node.evidence();
    if (!pairs) {
      ++silent;
      context.err << address.name << " does not answer: " << pairs.error().message << '\n';
      continue;
    }
    for (const auto& pair : *pairs) {
      Kept& kept = all[pair.SerializeAsString()];
      kept.pair = pair;
      kept.nodes.push_back(address.name);
    }
  }
  Table table({"participant", ">epoch", ">view", "first vote", "second vote", "signatures", "kept by"});
  json::array list;
  for (const auto& [bytes, kept] : all) {
    const bool proven = proves(kept.pair, genesis->chain_id);
    const v1::Vote& first = kept.pair.first();
    table.add({kept.pair.participant(), std::to_string(first.epoch()), std::to_string(first.view()), describe(first),
               describe(kept.pair.second()), proven ? "hold" : "DO NOT HOLD", joined(kept.nodes)});
    list.push_back(json::object{{"participant", kept.pair.participant()},
                                {"node_key", to_hex(kept.pair.node_key())},
                                {"epoch", first.epoch()},
                                {"view", first.view()},
                                {"first", describe(first)},
                                {"second", describe(kept.pair.second())},
                                {"proven", proven},
                                {"kept_by", joined(kept.nodes)},
                                {"pair", to_hex(bytes)}});
  }
  if (context.options.json) {
    context.out << list << '\n';
  } else if (all.empty()) {
    context.out << "No validator was seen to vote against itself.\n";
  } else {
    table.print(context.out);
    context.out
        << "\nEach line is two votes by one key that no honest node signs: its owner runs it twice, or cheats.\n";
  }
  if (silent == config->nodes.size()) {
    return ExitCode::kUnreachable;
  }
  return silent == 0 ? ExitCode::kOk : ExitCode::kPartlyDone;
}

}  // namespace

void add_evidence_command(CLI::App& app, Context& context) {
  auto* command =
      app.add_subcommand("evidence", "Validators that voted against themselves, with proof")->group("Verification");
  command->footer("Exit code 5 if some nodes answer and others do not, 3 if none does.");
  command->callback([&context] { context.action = [&context] { return show_evidence(context); }; });
}

}  // namespace kimberlite::cli
