// watch: the log's leaves as they become final.
#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <optional>

#include "cli/any_node.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/event_json.h"
#include "kimberlite/v1/envelope.pb.h"
#include "proto/block.h"
#include "proto/civil_time.h"
#include "proto/envelope.h"
#include "proto/event_name.h"

namespace kimberlite::cli {

namespace {

namespace json = boost::json;

struct WatchOptions {
  std::optional<std::uint64_t> from;
  std::uint64_t count = 0;
};

json::object leaf_to_json(std::uint64_t index, std::string_view leaf) {
  json::object object{{"index", index}};
  if (const auto header = decode_block_leaf(leaf)) {
    object["block"] = header->height.value;
    object["time"] = format_time(header->time_ms);
    object["proposer"] = header->proposer;
    object["envelopes"] = header->count;
    return object;
  }
  v1::SignedEnvelope signed_envelope;
  v1::Envelope envelope;
  const auto accepted = decode_accepted_leaf(leaf);
  if (accepted && signed_envelope.ParseFromString(*accepted) && envelope.ParseFromString(signed_envelope.payload())) {
    object["envelope_id"] = envelope_id(*accepted).hex();
    object["participant"] = envelope.participant();
    json::array events;
    for (const auto& event : envelope.events()) {
      events.push_back(event_to_json(event));
    }
    object["events"] = std::move(events);
  }
  return object;
}

void print_leaf(std::ostream& out, const json::object& leaf) {
  out << leaf.at("index");
  if (leaf.contains("block")) {
    out << "  block " << leaf.at("block") << "  " << leaf.at("time").get_string().c_str() << "  by "
        << leaf.at("proposer").get_string().c_str() << "  " << leaf.at("envelopes") << " envelopes\n"
        << std::flush;
    return;
  }
  if (const auto* events = leaf.if_contains("events")) {
    out << "  " << leaf.at("participant").get_string().c_str();
    for (const auto& event : events->get_array()) {
      const auto& fields = event.get_object();
      out << "  " << fields.at("action").get_string().c_str();
      if (const auto* number = fields.if_contains("number")) {
        out << ' ' << number->get_string().c_str();
      }
    }
  }
  out << '\n';
}

ExitCode watch(const Context& context, const WatchOptions& options) {
  const auto config = load_client_config(context.options);
  if (!config) {
    return context.report(config.error());
  }
  NodeClient node(*config->find(config->default_node), context.timeout_ms());
  std::uint64_t from = 0;
  if (options.from) {
    from = *options.from;
  } else {
    const auto status = node.status();
    if (!status) {
      return context.report(status.error());
    }
    from = status->log_size();
  }
  std::uint64_t seen = 0;
  const auto watched = node.watch(from, [&](const v1::WatchResponse& response) {
    const json::object leaf = leaf_to_json(response.index(), response.leaf());
    if (context.options.json) {
      context.out << leaf << '\n' << std::flush;
    } else {
      print_leaf(context.out, leaf);
    }
    return options.count == 0 || ++seen < options.count;
  });
  return watched ? ExitCode::kOk : context.report(watched.error());
}

}  // namespace

void add_watch_command(CLI::App& app, Context& context) {
  auto* command = app.add_subcommand("watch", "Follow the log: each leaf as it becomes final")->group("Questions");
  const auto options = std::make_shared<WatchOptions>();
  command->add_option("--from", options->from, "first leaf (default: the next new one)")->type_name("INDEX");
  command->add_option("--count", options->count, "stop after so many leaves (default: never)")->type_name("N");
  command->footer("Resumable: the next leaf after the last one seen is --from INDEX+1.");
  command->callback([&context, options] { context.action = [&context, options] { return watch(context, *options); }; });
}

}  // namespace kimberlite::cli
