// State values by key: see state_record.h.
#include "cli/state_record.h"

#include "kimberlite/v1/state.pb.h"

namespace kimberlite::cli {

namespace {

using google::protobuf::Message;

/// An empty message of the kind that a key's first word names; null if none does.
std::unique_ptr<Message> message_for(std::string_view kind) {
  if (kind == "certificate") return std::make_unique<v1::CertificateRecord>();
  if (kind == "participant") return std::make_unique<v1::ParticipantRecord>();
  if (kind == "observer") return std::make_unique<v1::ObserverRecord>();
  if (kind == "key") return std::make_unique<v1::KeyRecord>();
  if (kind == "prefix" || kind == "territory") return std::make_unique<v1::DatedRegister>();
  if (kind == "measure") return std::make_unique<v1::MeasureRecord>();
  if (kind == "measures-on") return std::make_unique<v1::MeasureIndex>();
  if (kind == "lot") return std::make_unique<v1::LotRecord>();
  if (kind == "technical") return std::make_unique<v1::TechnicalRecord>();
  if (kind == "incident") return std::make_unique<v1::IncidentRecord>();
  if (kind == "network") return std::make_unique<v1::NetworkRecord>();
  if (kind == "clock") return std::make_unique<v1::ClockRecord>();
  if (kind == "chair") return std::make_unique<v1::ChairRecord>();
  return nullptr;
}

bool is_certificate_number(std::string_view text) {
  constexpr std::size_t kLength = 10;
  constexpr std::size_t kHyphen = 2;
  if (text.size() != kLength || text[kHyphen] != '-') {
    return false;
  }
  return text.substr(0, kHyphen).find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == std::string_view::npos &&
         text.substr(kHyphen + 1).find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

Result<std::unique_ptr<Message>> parse_state_value(std::string_view key, std::string_view value) {
  auto message = message_for(key.substr(0, key.find('/')));
  if (!message) {
    return fail(Reason::BAD_REQUEST, std::string(key), "this program knows no records of this kind");
  }
  if (!message->ParseFromArray(value.data(), static_cast<int>(value.size()))) {
    return fail(Reason::MALFORMED, std::string(key), "the value is not the record that its key says");
  }
  return message;
}

Result<std::string> state_key_of(std::string_view typed) {
  constexpr std::string_view kCertificates = "certificate/";
  const bool is_key = typed.find('/') != std::string_view::npos ||
                      typed.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == std::string_view::npos;
  const std::string_view number = typed.starts_with(kCertificates) ? typed.substr(kCertificates.size()) : typed;
  if (is_certificate_number(number)) return std::string(kCertificates) + std::string(number);
  if (is_key && number == typed && !typed.empty()) return std::string(typed);
  return fail(Reason::MALFORMED_NUMBER, std::string(typed),
              "this is no certificate number, nor a state key such as participant/BW");
}

}  // namespace kimberlite::cli
