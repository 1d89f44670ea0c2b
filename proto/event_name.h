// The dotted names by which people and scenario files know events: "cert.issue", "receipt.confirm", ... Thread-safe.
#pragma once

#include <string_view>

namespace kimberlite {

namespace v1 {
class Event;
}

/// Dotted name of the event that is set; "" if none is.
std::string_view event_name(const v1::Event& event);
/// The certificate number that the event is about; "" if it is about none. Valid as long as the event.
std::string_view event_certificate_number(const v1::Event& event);

}  // namespace kimberlite
