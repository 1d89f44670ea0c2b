// The written forms of codes and numbers (scheme, section 4; protocol v1, section 2). Thread-safe.
#pragma once

#include <string>
#include <string_view>

namespace kimberlite::internal {

/// ^[A-Z]{2}$: a participant, a territory or a prefix.
bool is_participant_code(std::string_view text);
/// ^[A-Z]{2,8}$: a participant, an observer or an office such as UNSC.
bool is_party_code(std::string_view text);
/// ^[A-Z]{2}-[0-9]{7}$
bool is_certificate_number(std::string_view text);
/// ^[A-Z]{2}-T[0-9]{6}$
bool is_technical_number(std::string_view text);
/// ^[A-Z0-9-]{1,32}$: a body, a trader's pseudonym, an opening lot or a certificate.
bool is_holder_code(std::string_view text);
/// ^[A-Za-z0-9-]{1,32}$: a measure or a motion.
bool is_record_id(std::string_view text);
/// ^[0-9]{6}$: an HS subheading.
bool is_hs_code(std::string_view text);
/// "host:port" or "[IPv6 address]:port", as a node reads it to dial (net/host_port.h), with a port from 1 to 65535.
bool is_host_port(std::string_view text);

/// What was given, for a message: in quotes, and cut short after 40 bytes.
std::string quoted_excerpt(std::string_view text);

}  // namespace kimberlite::internal
