#include "node/ledger/rules.h"

#include <algorithm>
#include <string>
#include <utility>

#include "kimberlite/v1/envelope.pb.h"
#include "kimberlite/v1/event.pb.h"
#include "kimberlite/v1/state.pb.h"
#include "node/ledger/clock/ledger_clock.h"
#include "node/ledger/context.h"
#include "node/ledger/dispatch.h"
#include "node/ledger/roll/signing_key.h"
#include "node/ledger/text.h"
#include "proto/civil_time.h"
#include "proto/event_name.h"

namespace kimberlite::ledger {
namespace {

std::unexpected<Refusal> refuse(Error error) {
  return std::unexpected(Refusal{error.reason, 0, std::move(error.field), std::move(error.message)});
}

Result<void> check_not_after(const v1::Envelope& envelope, TimeMs now) {
  if (envelope.not_after_ms() < now.value)
    return fail(Reason::ENVELOPE_EXPIRED, "not_after_ms",
                concat({"the envelope was good until ", format_time(TimeMs{envelope.not_after_ms()}),
                        ", the ledger's clock stands at ", format_time(now)}));
  if (envelope.not_after_ms() > now.value + kNotAfterAheadMaxMs)
    return fail(Reason::NOT_AFTER_TOO_FAR, "not_after_ms",
                concat({"an envelope is good for at most 7 days ahead of the ledger's clock, ", format_time(now)}));
  return {};
}

/// What one party alone may say again and again of a record that others have to speak of, too.
bool is_repeatable(const v1::Event& event) {
  const bool self_suspension =
      event.has_measure_impose() && event.measure_impose().kind() == v1::MEASURE_KIND_SELF_SUSPENSION;
  return event.has_certificate_correct() || event.has_receipt_supplement() || self_suspension;
}

Result<void> check_sizes(const v1::Envelope& envelope, const StateChanges& changes) {
  const bool repeatable = std::ranges::any_of(envelope.events(), is_repeatable);
  const std::size_t bytes_max = repeatable ? kRepeatedRecordBytesMax : kRecordBytesMax;
  for (const auto& [key, value] : changes) {
    if (value.size() > bytes_max)
      return fail(Reason::RECORD_FULL, key,
                  concat({"the record would have ", std::to_string(value.size()), " bytes, at most ",
                          std::to_string(bytes_max), " are kept of such an event"}));
  }
  return {};
}

/// "events[2].certificate_issue.sources[1]" from the path within the event's own message.
std::string event_path(const v1::Event& event, int index, std::string_view field) {
  const google::protobuf::FieldDescriptor* kind =
      event.kind_case() == v1::Event::KIND_NOT_SET
          ? nullptr
          : v1::Event::descriptor()->FindFieldByNumber(static_cast<int>(event.kind_case()));
  return concat({"events[", std::to_string(index), "]", kind ? "." : "", kind ? std::string_view(kind->name()) : "",
                 field.empty() ? "" : ".", field});
}

}  // namespace

std::expected<Applied, Refusal> apply_envelope(const StateReader& state, const BlockPlace& block,
                                               const OpenedEnvelope& envelope) {
  Transaction transaction(state);
  const v1::NetworkRecord network = load_network(transaction);
  const TimeMs now = current_time(transaction, network, block.time_ms);
  const v1::Envelope& content = envelope.envelope();
  if (Result<void> fresh = check_not_after(content, now); !fresh) return refuse(std::move(fresh.error()));
  const Result<v1::KeyRecord> signer = key_in_force(transaction, envelope.key(), content.participant(), now);
  if (!signer) return refuse(signer.error());

  Context context{transaction, network, *signer, envelope.id(), now, block.epoch, {}};
  for (int index = 0; index < content.events_size(); ++index) {
    const v1::Event& event = content.events(index);
    context.event_name = event_name(event);
    // Not after the last: what one event alone takes is bounded by what it may name.
    Result<void> applied = transaction.check_work();
    if (applied) applied = apply_event(context, event);
    if (!applied) {
      Error& error = applied.error();
      return std::unexpected(Refusal{error.reason, static_cast<std::uint32_t>(index),
                                     event_path(event, index, error.field), std::move(error.message),
                                     transaction.work_bytes()});
    }
  }
  const std::uint64_t work_bytes = transaction.work_bytes();
  StateChanges changes = std::move(transaction).take();
  if (Result<void> fit = check_sizes(content, changes); !fit) {
    Error& error = fit.error();
    return std::unexpected(Refusal{error.reason, 0, std::move(error.field), std::move(error.message), work_bytes});
  }
  return Applied{std::move(changes), work_bytes};
}

TimeMs ledger_time(const StateReader& state, TimeMs block_time) {
  const Transaction transaction(state);
  return current_time(transaction, load_network(transaction), block_time);
}

}  // namespace kimberlite::ledger
