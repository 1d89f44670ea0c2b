// Values of the ledger's state by the first word of their key, as protobuf messages. Thread-safe: pure.
#pragma once

#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <string_view>

#include "proto/error.h"

namespace kimberlite::cli {

/// The value as the message that its key says; BAD_REQUEST for a key of no known kind, MALFORMED for other bytes.
Result<std::unique_ptr<google::protobuf::Message>> parse_state_value(std::string_view key, std::string_view value);

/// What a person typed as a state key: a certificate number becomes "certificate/NUMBER", other keys stay.
/// MALFORMED_NUMBER: it is neither, and whoever asks for it would be told that the ledger holds nothing.
Result<std::string> state_key_of(std::string_view typed);

}  // namespace kimberlite::cli
