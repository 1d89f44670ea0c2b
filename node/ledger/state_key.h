// The readable keys of the state map, one function a kind of record. What stands under each is in state.proto.
// Thread-safe: pure.
#pragma once

#include <string>
#include <string_view>

namespace kimberlite::ledger {

inline constexpr std::string_view kNetworkKey = "network";
inline constexpr std::string_view kClockKey = "clock";
inline constexpr std::string_view kChairKey = "chair";
inline constexpr std::string_view kValidatorsKey = "validators";

/// "participant/BW"
std::string participant_key(std::string_view code);
/// "node-change/BW"
std::string node_change_key(std::string_view participant);
/// "observer/WDC"
std::string observer_key(std::string_view code);
/// "key/<64 hex characters>" of the 32 bytes of a public key.
std::string signing_key_key(std::string_view public_key);
/// "prefix/EC"
std::string prefix_key(std::string_view prefix);
/// "territory/GL"
std::string territory_key(std::string_view code);
/// "measure/M-GH-2006A"
std::string measure_key(std::string_view id);
/// "measures-on/GH"
std::string measure_index_key(std::string_view target);
/// "lot/OPEN-EC-2007"
std::string lot_key(std::string_view lot);
/// "certificate/BW-0002601"
std::string certificate_key(std::string_view number);
/// "technical/IN-T000017"
std::string technical_key(std::string_view number);
/// "incident/AO-9999999"
std::string incident_key(std::string_view number);

}  // namespace kimberlite::ledger
