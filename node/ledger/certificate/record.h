// Loading a certificate for the side that may act on it, guarding its state, and storing it with a line of history.
// Thread-safe: no state.
#pragma once

#include <initializer_list>
#include <string_view>

#include "kimberlite/v1/state.pb.h"
#include "node/ledger/context.h"
#include "proto/error.h"

namespace kimberlite::ledger {

/// The certificate, whoever signs. UNKNOWN_CERTIFICATE.
Result<v1::CertificateRecord> load_certificate(const Context& context, std::string_view number);
/// The certificate, if an exporting body of its exporter signs. UNKNOWN_CERTIFICATE, SIGNER_NOT_AUTHORISED.
Result<v1::CertificateRecord> load_as_exporter(const Context& context, std::string_view number);
/// The certificate, if an importing body of its destination signs. UNKNOWN_CERTIFICATE, NOT_IMPORTING_AUTHORITY, then
/// SIGNER_NOT_AUTHORISED for a key of the destination that lacks the role.
Result<v1::CertificateRecord> load_as_importer(const Context& context, std::string_view number);

/// WRONG_STATE unless the certificate is in one of the states.
Result<void> require_state(const v1::CertificateRecord& certificate,
                           std::initializer_list<v1::CertificateState> states);

/// "SHIPPED"
std::string_view state_name(v1::CertificateState state);

/// Adds the current event to the history and writes the certificate.
void store_certificate(Context& context, v1::CertificateRecord& certificate, std::string_view cause = {});

}  // namespace kimberlite::ledger
