#include "node/ledger/state_key.h"

#include "node/ledger/text.h"
#include "proto/encoding.h"

namespace kimberlite::ledger {

std::string participant_key(std::string_view code) {
  return concat({"participant/", code});
}
std::string node_change_key(std::string_view participant) {
  return concat({"node-change/", participant});
}

std::string observer_key(std::string_view code) {
  return concat({"observer/", code});
}
std::string signing_key_key(std::string_view public_key) {
  return concat({"key/", to_hex(public_key)});
}
std::string prefix_key(std::string_view prefix) {
  return concat({"prefix/", prefix});
}
std::string territory_key(std::string_view code) {
  return concat({"territory/", code});
}
std::string measure_key(std::string_view id) {
  return concat({"measure/", id});
}
std::string measure_index_key(std::string_view target) {
  return concat({"measures-on/", target});
}
std::string lot_key(std::string_view lot) {
  return concat({"lot/", lot});
}
std::string certificate_key(std::string_view number) {
  return concat({"certificate/", number});
}
std::string technical_key(std::string_view number) {
  return concat({"technical/", number});
}
std::string incident_key(std::string_view number) {
  return concat({"incident/", number});
}

}  // namespace kimberlite::ledger
