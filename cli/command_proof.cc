// prove, verify: one fact of the ledger as a file that anyone can check offline.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <filesystem>
#include <memory>

#include "cli/any_node.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/files.h"
#include "cli/message_json.h"
#include "cli/state_record.h"
#include "cli/table.h"
#include "kimberlite/v1/genesis.pb.h"
#include "proto/civil_time.h"
#include "proto/state_proof.h"
#include "proto/strict.h"

namespace kimberlite::cli {

namespace {

namespace json = boost::json;

struct ProveOptions {
  std::string key;
  std::string out;
};

struct VerifyOptions {
  std::string file;
  std::string genesis;
};

json::object proven_to_json(const ProvenState& proven, const GenesisDocument& genesis) {
  json::array signers;
  for (const std::size_t signer : proven.checkpoint.signers) {
    signers.push_back(json::value(proven.validators[signer].participant));
  }
  json::object object{{"verified", true},
                      {"key", proven.key},
                      {"present", proven.value.has_value()},
                      {"height", proven.height.value},
                      {"block_time", format_time(proven.block_time_ms)},
                      {"network_name", genesis.genesis->network_name()},
                      {"chain_id", genesis.chain_id.hex()},
                      {"clock", genesis.genesis->clock() == v1::CLOCK_REPLAY ? "replay" : "wall"},
                      {"checkpoint_size", proven.checkpoint.checkpoint.size.value},
                      {"epoch", proven.epoch.value},
                      {"checkpoint_root", proven.checkpoint.checkpoint.root.hex()},
                      {"signers", std::move(signers)}};
  if (proven.value) {
    if (const auto message = parse_state_value(proven.key, *proven.value)) {
      object["record"] = message_to_json(**message);
    }
  }
  return object;
}

void print_proven(const Context& context, const ProvenState& proven, const GenesisDocument& genesis) {
  const json::object all = proven_to_json(proven, genesis);
  const std::string needed = std::to_string(proven.validators.faulty() + 1);
  Table links({"link", "holds", "what it says"});
  links.add({"map", "yes",
             proven.key + (proven.value ? " has the value below" : " is absent") + " in the state of block " +
                 std::to_string(proven.height.value)});
  links.add({"record", "yes",
             "block " + std::to_string(proven.height.value) + " of " + format_time(proven.block_time_ms) +
                 " commits to that state"});
  links.add({"inclusion", "yes",
             "the record is one of the " + grouped(proven.checkpoint.checkpoint.size.value) + " leaves of the log"});
  links.add({"checkpoint", "yes",
             "signed by " + json_text(all.at("signers")) + " (" + needed + " needed of " +
                 std::to_string(proven.validators.size()) + ")"});
  if (proven.epoch.value > 1) {
    links.add({"epochs", "yes",
               std::to_string(proven.epoch.value - 1) + " changes of the validators since genesis, each finalized by "
                                                        "those before it"});
  }
  links.print(context.out);
  context.out << "\nnetwork " << genesis.genesis->network_name() << ", chain id " << genesis.chain_id.hex() << '\n';
  if (genesis.genesis->clock() == v1::CLOCK_REPLAY) {
    context.out << "This is a replay network: a past time is lived through, not today.\n";
  }
  context.out << '\n';
  if (!proven.value) {
    context.out << "The ledger held nothing under " << proven.key << " at that block.\n";
    return;
  }
  FieldList fields;
  if (const auto* record = all.if_contains("record")) {
    for (const auto& [name, value] : record->get_object()) {
      if (name != "history") {
        fields.add(std::string(name), json_text(value));
      }
    }
  }
  fields.print(context.out);
}

ExitCode check_proof(const Context& context, const std::string& bytes, const std::string& file,
                     const GenesisDocument& genesis) {
  const auto proven = verify_state_proof(bytes, genesis);
  if (!proven) {
    const Error& error = proven.error();
    if (context.options.json) {
      context.out << json::object{{"verified", false},
                                  {"link", error.field},
                                  {"reason", reason_name(error.reason)},
                                  {"message", error.message}}
                  << '\n';
    }
    return context.report(Error{error.reason, file + (error.field.empty() ? "" : " " + error.field), error.message},
                          ExitCode::kVerificationFailed);
  }
  if (context.options.json) {
    context.out << proven_to_json(*proven, genesis) << '\n';
  } else {
    print_proven(context, *proven, genesis);
  }
  return ExitCode::kOk;
}

std::string default_file(const std::string& key) {
  std::string name = key.starts_with("certificate/") ? key.substr(key.find('/') + 1) : key;
  for (char& c : name) {
    c = c == '/' ? '-' : c;
  }
  return name + ".kimberlite-proof";
}

ExitCode prove(const Context& context, const ProveOptions& options) {
  const auto config = load_client_config(context.options);
  if (!config) {
    return context.report(config.error());
  }
  const auto genesis = load_home_genesis(context.options);
  if (!genesis) {
    return context.report(genesis.error(), ExitCode::kUsage);
  }
  const auto key = state_key_of(options.key);
  if (!key) {
    return context.report(key.error(), ExitCode::kUsage);
  }
  const auto proof = ask_any_node(*config, context.timeout_ms(), [&](NodeClient& node) { return node.prove(*key); });
  if (!proof) {
    return context.report(proof.error());
  }
  if (proof->key() != *key) {
    return context.report(
        Error{Reason::PROOF_INVALID, "key", "asked for " + *key + ", the node answered with " + proof->key()});
  }
  const std::string bytes = serialize_canonical(*proof);
  const std::string file = options.out.empty() ? default_file(*key) : options.out;
  if (auto written = replace_file(file, bytes); !written) {
    return context.report(written.error());
  }
  context.err << "wrote " << file << " (" << grouped(bytes.size()) << " bytes); it needs no node: kimberlite verify "
              << file << '\n';
  return check_proof(context, bytes, file, *genesis);
}

ExitCode verify(const Context& context, const VerifyOptions& options) {
  const auto bytes = read_file(options.file);
  if (!bytes) {
    return context.report(bytes.error(), ExitCode::kUsage);
  }
  const auto genesis =
      load_genesis(options.genesis.empty() ? std::filesystem::path(context.options.home) / "genesis.json"
                                           : std::filesystem::path(options.genesis));
  if (!genesis) {
    return context.report(genesis.error(), ExitCode::kUsage);
  }
  return check_proof(context, *bytes, options.file, *genesis);
}

}  // namespace

void add_proof_commands(CLI::App& app, Context& context) {
  auto* prove_command =
      app.add_subcommand("prove", "Write a proof file of a certificate or any state key, or of its absence")
          ->group("Verification");
  const auto prove_options = std::make_shared<ProveOptions>();
  prove_command->add_option("NUMBER", prove_options->key, "certificate number, or a state key such as participant/BW")
      ->required();
  prove_command->add_option("--out", prove_options->out, "file to write (default: NUMBER.kimberlite-proof)")
      ->type_name("FILE");
  prove_command->callback([&context, prove_options] {
    context.action = [&context, prove_options] { return prove(context, *prove_options); };
  });
  auto* verify_command =
      app.add_subcommand("verify", "Check a proof file offline; needs the genesis document and nothing else")
          ->group("Verification");
  const auto verify_options = std::make_shared<VerifyOptions>();
  verify_command->add_option("FILE", verify_options->file, "proof file")->required();
  verify_command->add_option("--genesis", verify_options->genesis, "genesis document (default: that of the home)")
      ->type_name("FILE");
  verify_command->callback([&context, verify_options] {
    context.action = [&context, verify_options] { return verify(context, *verify_options); };
  });
}

}  // namespace kimberlite::cli
