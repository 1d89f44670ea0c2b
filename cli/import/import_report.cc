// The import's summary: see import_report.h.
#include "cli/import/import_report.h"

#include <utility>

#include "cli/table.h"

namespace kimberlite::cli {

namespace {

namespace json = boost::json;

constexpr std::size_t kDifferingShown = 100;

std::string tenths(double seconds) {
  const auto whole = static_cast<std::uint64_t>(seconds * 10);
  return std::to_string(whole / 10) + "." + std::to_string(whole % 10);
}

std::string got(const LineResult& result) {
  switch (result.outcome) {
    case LineOutcome::kAccepted:
      return "accepted";
    case LineOutcome::kRefused:
      return "refused " + result.reason;
    case LineOutcome::kInGenesis:
      return "in the genesis document";
    case LineOutcome::kNotUnderstood:
      return "not understood";
    case LineOutcome::kNoKey:
      return "no key to sign with";
  }
  return {};
}

json::object counts_to_json(const std::map<std::string, std::uint64_t>& counts) {
  json::object object;
  for (const auto& [name, count] : counts) {
    object[name] = count;
  }
  return object;
}

}  // namespace

void ImportReport::add(LineResult result) {
  resumed += result.resumed ? 1 : 0;
  ++lines;
  switch (result.outcome) {
    case LineOutcome::kAccepted:
      ++accepted;
      break;
    case LineOutcome::kRefused:
      ++refused;
      break;
    case LineOutcome::kInGenesis:
      ++in_genesis;
      break;
    case LineOutcome::kNotUnderstood:
      ++not_understood[result.action];
      break;
    case LineOutcome::kNoKey:
      ++without_key[result.message];
      break;
  }
  if (result.differs) {
    differing.push_back(std::move(result));
  }
}

ExitCode ImportReport::exit_code(const std::optional<Error>& stopped_by) const {
  if (stopped_by) {
    return done() > 0 ? ExitCode::kPartlyDone : exit_code_of(stopped_by->reason);
  }
  return differing.empty() ? ExitCode::kOk : ExitCode::kVerdictsDiffer;
}

json::object ImportReport::to_json() const {
  json::array list;
  for (const auto& result : differing) {
    list.push_back(json::object{{"line", result.line},
                                {"action", result.action},
                                {"number", result.subject},
                                {"expected", result.expected},
                                {"got", got(result)},
                                {"message", result.message}});
  }
  return {{"finished", finished},
          {"accepted", accepted},
          {"refused", refused},
          {"in_genesis", in_genesis},
          {"resumed", resumed},
          {"acknowledgements", acknowledgements},
          {"clock_advances", clock_advances},
          {"detours", detours},
          {"lines", lines},
          {"not_understood", counts_to_json(not_understood)},
          {"without_key", counts_to_json(without_key)},
          {"differing", std::move(list)},
          {"seconds", seconds}};
}

void ImportReport::print(std::ostream& out) const {
  FieldList fields;
  const auto count = [](std::uint64_t number) { return number == 0 ? std::string() : grouped(number); };
  fields.add("accepted", grouped(accepted));
  fields.add("refused", grouped(refused));
  fields.add("in the genesis document", count(in_genesis));
  fields.add("of these from an earlier run", count(resumed));
  fields.add("importers' acknowledgements", count(acknowledgements));
  fields.add("clock advances", count(clock_advances));
  fields.add("submitted through another node", count(detours));
  for (const auto& [action, number] : not_understood) {
    fields.add("not understood: " + action, grouped(number));
  }
  for (const auto& [actor, number] : without_key) {
    fields.add("no key of " + actor, grouped(number));
  }
  fields.add("verdicts as expected", grouped(lines - differing.size()) + " of " + grouped(lines));
  fields.add("time", tenths(seconds) + " s");
  fields.print(out);
  if (!differing.empty()) {
    out << "\nLines that differ from what was expected:\n";
    Table table({">line", "event", "number", "expected", "got", "message"});
    for (const auto& result : differing) {
      if (&result - differing.data() >= static_cast<std::ptrdiff_t>(kDifferingShown)) {
        break;
      }
      table.add(
          {std::to_string(result.line), result.action, result.subject, result.expected, got(result), result.message});
    }
    table.print(out);
    if (differing.size() > kDifferingShown) {
      out << "and " << grouped(differing.size() - kDifferingShown) << " more; --json lists all\n";
    }
  }
  if (!finished) {
    out << "\nNot all lines were done: run the same command again, it submits only what is missing.\n";
  }
}

}  // namespace kimberlite::cli
