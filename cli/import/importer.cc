// Importing many events: see importer.h.
#include "cli/import/importer.h"

#include <chrono>
#include <thread>

#include "cli/import/genesis_line.h"
#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/genesis.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "proto/envelope.h"
#include "proto/event_name.h"

namespace kimberlite::cli {

namespace {

constexpr std::string_view kNonceTag = "kimberlite/v1/import-nonce";
constexpr std::string_view kNotAskedCause = "refused before the importer was asked";

/// Whoever says nothing wants the event on the ledger.
std::string expectation(const ImportLine& line) {
  if (line.expect.empty()) return "accepted";
  return line.expect == "refused" && !line.reason.empty() ? "refused " + line.reason : line.expect;
}

/// Whether a result is not what was expected. A file that says of each line what it expects may hold lines for other
/// programs and parties; otherwise a line that could not be sent is as good as refused.
bool differs(const ImportLine& line, const LineResult& result) {
  if (result.outcome == LineOutcome::kNotUnderstood || result.outcome == LineOutcome::kNoKey) {
    return line.expect.empty();
  }
  const bool refused = result.outcome == LineOutcome::kRefused;
  return refused != (line.expect == "refused") || (refused && !line.reason.empty() && line.reason != result.reason);
}

bool can_be_acknowledged(const v1::CertificateRecord& certificate) {
  return !certificate.has_acknowledgement() &&
         (certificate.state() == v1::CERTIFICATE_STATE_SHIPPED ||
          certificate.state() == v1::CERTIFICATE_STATE_ARRIVED || certificate.state() == v1::CERTIFICATE_STATE_HELD);
}

}  // namespace

Importer::Importer(const GenesisDocument& genesis, Wallet& wallet, Submitter& submitter, ImportJournal& journal,
                   TimeMs ledger_time, ImportOptions options)
    : genesis_(genesis),
      wallet_(wallet),
      submitter_(submitter),
      journal_(journal),
      choice_(wallet, genesis),
      ledger_time_(ledger_time),
      options_(std::move(options)) {}

TimeMs Importer::not_after() const {
  // On a replay network the ledger's time stands still between lines, so that a line's envelope is always the same.
  const bool wall = genesis_.genesis->clock() == v1::CLOCK_WALL;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start_);
  return TimeMs{ledger_time_.value + kNotAfterMs + (wall ? elapsed.count() : 0)};
}

std::string Importer::nonce(std::uint64_t line, std::string_view step) const {
  const Digest digest = tagged_digest(kNonceTag, file_.hex() + " " + std::to_string(line) + " " + std::string(step));
  return std::string(digest.view().substr(0, kNonceBytes));
}

ImportReport Importer::run(const ImportFile& file, const std::function<void(std::uint64_t)>& progress) {
  file_ = file.digest;
  start_ = std::chrono::steady_clock::now();
  std::uint64_t done = 0;
  report_.finished = true;
  for (const auto& line : file.lines) {
    if (line.number < options_.first_line || line.number > options_.last_line) {
      continue;
    }
    auto result = take(line);
    if (!result) {
      stopped_by_ = result.error();
      report_.finished = false;
      break;
    }
    const bool waited_for =
        !result->resumed && (result->outcome == LineOutcome::kAccepted || result->outcome == LineOutcome::kRefused);
    report_.add(std::move(*result));
    progress(++done);
    if (options_.pace > 0 && waited_for) {
      std::this_thread::sleep_until(start_ + std::chrono::microseconds(done * 1'000'000 / options_.pace));
    }
  }
  report_.detours = submitter_.detours();
  report_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  return std::move(report_);
}

Result<LineResult> Importer::take(const ImportLine& line) {
  LineResult result{.line = line.number, .action = line.action, .expected = expectation(line)};
  if (line.event) {
    result.subject = event_certificate_number(*line.event);
  }
  if (is_genesis_line(line) && !line.fault) {
    return genesis_result(line, std::move(result));
  }
  if (line.fault) {
    result.outcome = LineOutcome::kRefused;
    result.reason = reason_name(line.fault->reason);
    result.message = line.fault->field + ": " + line.fault->message;
    result.differs = differs(line, result);
    return result;
  }
  if (!line.event) {
    result.outcome = LineOutcome::kNotUnderstood;
    result.differs = differs(line, result);
    return result;
  }
  return send(line, std::move(result));
}

LineResult Importer::genesis_result(const ImportLine& line, LineResult result) const {
  result.outcome = LineOutcome::kInGenesis;
  if (const auto difference = genesis_difference(line, *genesis_.genesis)) {
    result.outcome = LineOutcome::kRefused;
    result.reason = reason_name(Reason::NOT_FOUND);
    result.message = *difference;
    result.differs = true;
  }
  return result;
}

Result<LineResult> Importer::send(const ImportLine& line, LineResult result) {
  const std::string& party = line.actor.empty() ? options_.default_actor : line.actor;
  const auto* known = journal_.find(line.number, ImportStep::kEvent);
  result.resumed = known != nullptr && known->verdict.has_value();
  const auto signer = choice_.choose(party, *line.event);
  if (!signer && !result.resumed) {
    result.outcome = LineOutcome::kNoKey;
    result.message = party;
    result.differs = differs(line, result);
    return result;
  }
  std::optional<Verdict> verdict;
  if (result.resumed) {
    verdict = known->verdict;
  } else {
    if (line.time) {
      if (auto advanced = advance_clock(*line.time, party); !advanced) {
        return std::unexpected(advanced.error());
      }
    }
    v1::Event event = *line.event;
    if (auto acknowledged = acknowledge_first(line, party, event); !acknowledged) {
      return std::unexpected(acknowledged.error());
    }
    auto answer = submit_step(line.number, ImportStep::kEvent, *signer, event);
    if (!answer) {
      return std::unexpected(answer.error());
    }
    verdict = std::move(*answer);
  }
  result.outcome = verdict->refusal ? LineOutcome::kRefused : LineOutcome::kAccepted;
  if (verdict->refusal) {
    result.reason = verdict->refusal->reason;
    result.message = verdict->refusal->message;
  }
  result.differs = differs(line, result);
  return result;
}

Result<SignedBytes> Importer::sign(std::uint64_t line, ImportStep step, const Signer& signer, const v1::Event& event) {
  const std::string_view name = step == ImportStep::kEvent ? "event" : "acknowledgement";
  SignedBytes envelope = sign_event(genesis_.chain_id, signer, event, not_after(), nonce(line, name));
  if (auto written = journal_.signed_envelope(line, step, envelope.bytes); !written) {
    return std::unexpected(written.error());
  }
  return envelope;
}

Result<Verdict> Importer::submit_step(std::uint64_t line, ImportStep step, const Signer& signer,
                                      const v1::Event& event) {
  SignedBytes envelope;
  const auto* known = journal_.find(line, step);
  if (known != nullptr && known->verdict) {
    return *known->verdict;
  }
  const bool again = known != nullptr && !known->envelope.empty();
  if (again) {
    envelope = {known->envelope, id_of_signed_bytes(known->envelope)};
  } else if (auto signed_now = sign(line, step, signer, event)) {
    envelope = *std::move(signed_now);
  } else {
    return std::unexpected(signed_now.error());
  }
  auto verdict = submitter_.submit(envelope, signer.party);
  if (verdict && again && verdict->refusal && verdict->refusal->reason == reason_name(Reason::ENVELOPE_EXPIRED)) {
    // Signed by an earlier run, too long ago; nobody can accept it any more.
    auto signed_now = sign(line, step, signer, event);
    if (!signed_now) {
      return std::unexpected(signed_now.error());
    }
    verdict = submitter_.submit(*signed_now, signer.party);
  }
  if (verdict) {
    if (auto written = journal_.finished(line, step, *verdict); !written) {
      return std::unexpected(written.error());
    }
  }
  return verdict;
}

Result<void> Importer::advance_clock(TimeMs to, const std::string& party) {
  if (genesis_.genesis->clock() != v1::CLOCK_REPLAY || to <= ledger_time_) {
    return {};
  }
  const auto clock = wallet_.clock();
  if (!clock) {
    return std::unexpected(clock.error());
  }
  v1::Event event;
  event.mutable_advance_clock()->set_to_ms(to.value);
  // Deterministic in what it says, so that a run after a crash sends the same envelope; the nonce names the time.
  const auto envelope =
      sign_event(genesis_.chain_id, *clock, event, not_after(), nonce(static_cast<std::uint64_t>(to.value), "clock"));
  // Through the node that takes the event next: when the clock's block is final there, everything before it is too.
  const auto verdict = submitter_.submit(envelope, party);
  if (!verdict) {
    return std::unexpected(verdict.error());
  }
  if (verdict->refusal && verdict->refusal->reason != reason_name(Reason::CLOCK_GOES_BACK)) {
    return fail(reason_from_name(verdict->refusal->reason).value_or(Reason::BAD_REQUEST), "clock",
                verdict->refusal->message);
  }
  ledger_time_ = to;
  ++report_.clock_advances;
  return {};
}

bool Importer::importer_goes_first(const std::string& party) const {
  for (const auto& participant : genesis_.genesis->participants()) {
    if (participant.code() != party) {
      continue;
    }
    auto policy = v1::RECEIPT_POLICY_IMPORTER_THEN_AUTHORITY;
    for (const auto& dated : participant.receipt_policies()) {
      policy = dated.from_ms() <= ledger_time_.value ? dated.policy() : policy;
    }
    return policy == v1::RECEIPT_POLICY_IMPORTER_THEN_AUTHORITY;
  }
  return false;
}

Result<void> Importer::acknowledge_first(const ImportLine& line, const std::string& party, v1::Event& event) {
  if (!event.has_receipt_confirm() || !event.receipt_confirm().cause().empty() || !importer_goes_first(party)) {
    return {};
  }
  auto& confirm = *event.mutable_receipt_confirm();
  if (line.expect == "refused") {
    if (line.reason == reason_name(Reason::ACKNOWLEDGEMENT_MISSING)) {
      return {};
    }
    // The authority stops such a receipt itself; an acknowledgement would only put the goods on hold.
    confirm.set_cause(std::string(kNotAskedCause));
    return {};
  }
  const auto value = submitter_.state("certificate/" + confirm.number(), party);
  if (!value) {
    return std::unexpected(value.error());
  }
  v1::CertificateRecord certificate;
  if (!*value || !certificate.ParseFromString(**value) || !can_be_acknowledged(certificate)) {
    return {};
  }
  const auto trader = wallet_.trader(party, certificate.importer_trader());
  if (!trader) {
    return {};  // The confirmation is then refused with ACKNOWLEDGEMENT_MISSING, which names the trader.
  }
  v1::Event acknowledgement;
  auto& receipt = *acknowledgement.mutable_receipt_acknowledge();
  receipt.set_number(confirm.number());
  receipt.set_weight_centicarats(confirm.weight_centicarats());
  receipt.set_value_cents(confirm.value_cents());
  receipt.set_parcels(confirm.parcels());
  receipt.set_seals_intact(true);
  const auto verdict = submit_step(line.number, ImportStep::kAcknowledgement, *trader, acknowledgement);
  if (!verdict) {
    return std::unexpected(verdict.error());
  }
  report_.acknowledgements += verdict->refusal ? 0 : 1;
  return {};
}

}  // namespace kimberlite::cli
