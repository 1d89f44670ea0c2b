#include "proto/genesis.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "kimberlite/v1/genesis.pb.h"
#include "proto/assert.h"
#include "proto/internal/genesis_check.h"

namespace kimberlite {
namespace {

constexpr std::int64_t kHeartbeatDefaultMs = 600'000;
constexpr std::int64_t kViewTimeoutDefaultMs = 1'000;
constexpr std::int32_t kValidityDefaultDays = 60;
constexpr std::int32_t kToleranceDefaultBasisPoints = 50;
constexpr std::int32_t kConfirmationClockDefaultDays = 30;
constexpr std::int32_t kCorrectionDefaultPercent = 10;

// What the document leaves out, as the comments of genesis.proto say. The chain id is of the bytes, so defaults are for
// ever.
void fill_defaults(v1::Genesis& genesis) {
  v1::Parameters& parameters = *genesis.mutable_parameters();
  if (genesis.heartbeat_ms() == 0) genesis.set_heartbeat_ms(kHeartbeatDefaultMs);
  if (genesis.view_timeout_ms() == 0) genesis.set_view_timeout_ms(kViewTimeoutDefaultMs);
  if (parameters.validity_days() == 0) parameters.set_validity_days(kValidityDefaultDays);
  if (parameters.tolerance_basis_points() == 0) parameters.set_tolerance_basis_points(kToleranceDefaultBasisPoints);
  if (parameters.confirmation_clock_days() == 0) parameters.set_confirmation_clock_days(kConfirmationClockDefaultDays);
  if (parameters.correction_percent() == 0) parameters.set_correction_percent(kCorrectionDefaultPercent);
}

Error error_of(const std::vector<internal::GenesisFault>& faults) {
  Error error{Reason::BAD_CONFIGURATION, faults.front().path,
              faults.size() == 1 ? "1 fault:" : std::to_string(faults.size()) + " faults:"};
  const std::size_t shown = std::min(faults.size(), internal::kGenesisFaultsMax);
  for (std::size_t index = 0; index < shown; ++index) {
    error.message.append("\n").append(faults[index].path).append(": ").append(faults[index].what);
  }
  if (shown < faults.size())
    error.message.append("\nand ").append(std::to_string(faults.size() - shown)).append(" more");
  return error;
}

ValidatorSet validators_of(const v1::Genesis& genesis) {
  std::vector<Validator> validators;
  for (const v1::GenesisParticipant& participant : genesis.participants()) {
    if (const auto key = PublicKey::from_bytes(participant.node_key()))
      validators.push_back({participant.code(), *key});
  }
  return ValidatorSet(std::move(validators));
}

}  // namespace

Result<GenesisDocument> parse_genesis(std::string_view json) {
  if (json.size() > kGenesisBytesMax) {
    return fail(Reason::MALFORMED, "",
                std::to_string(json.size()) + " bytes, at most " + std::to_string(kGenesisBytesMax) + " are allowed");
  }
  auto genesis = std::make_shared<v1::Genesis>();
  const auto status = google::protobuf::util::JsonStringToMessage({json.data(), json.size()}, genesis.get());
  if (!status.ok()) return fail(Reason::MALFORMED, "", "not a genesis document: " + status.ToString());
  fill_defaults(*genesis);
  const std::vector<internal::GenesisFault> faults = internal::check_genesis(*genesis);
  if (!faults.empty()) return std::unexpected(error_of(faults));
  GenesisDocument document;
  document.bytes = json;
  document.chain_id = tagged_digest(kGenesisTag, json);
  document.validators = validators_of(*genesis);
  document.genesis = std::move(genesis);
  return document;
}

std::string format_genesis(const v1::Genesis& genesis) {
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  options.preserve_proto_field_names = true;
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(genesis, &json, options);
  KIMBERLITE_ASSERT(status.ok(), "a genesis message has only UTF-8 text and so has a JSON form");
  return json;
}

}  // namespace kimberlite
