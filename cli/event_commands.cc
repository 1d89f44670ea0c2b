// The table of event commands: see event_commands.h.
#include "cli/event_commands.h"

namespace kimberlite::cli {

namespace {

const EventOption kCarats{"--carats", "carats", "weight in carats, at most two decimals", true};
const EventOption kUsd{"--usd", "usd", "value in US dollars", true};
const EventOption kParcels{"--parcels", "parcels", "number of parcels", true};
const EventOption kReceivedCarats{"--carats", "carats", "carats weighed (default: as declared)"};
const EventOption kReceivedUsd{"--usd", "usd", "value at import in US dollars (default: as declared)"};
const EventOption kReceivedParcels{"--parcels", "parcels", "parcels counted (default: as declared)"};
const EventOption kCause{"--cause", "cause", "why, e.g. SALE_CANCELLED", true};
const EventOption kHs{"--hs", "hs", "a line CODE:CARATS:USD; repeat for each subheading", true, OptionKind::kHsLines};
const EventOption kIssueDate{"--issue-date", "issue_date", "YYYY-MM-DD (default: the ledger's date)"};
const EventOption kExpiryDate{"--expiry-date", "expiry_date",
                              "YYYY-MM-DD (default: the network's validity after the issue)"};

std::vector<EventCommand> issue_and_ship() {
  return {
      {"issue",
       "cert.issue",
       "Issue a certificate (exporting body)",
       Side::kExporter,
       {{"--importer", "importer", "participant of destination", true},
        {"--basis", "basis", "production or reexport", true},
        {"--origin", "origin", "territory of mining; leave out for mixed origin"},
        kCarats,
        kUsd,
        kParcels,
        kHs,
        {"--source", "sources", "a draw NUMBER:CARATS from a confirmed import or opening lot; repeat", false,
         OptionKind::kSources},
        kIssueDate,
        kExpiryDate,
        {"--exporter-trader", "exporter_trader", "registered pseudonym of the exporter", true},
        {"--importer-trader", "importer_trader", "registered pseudonym of the importer", true},
        {"--private-digest", "private_digest", "salted digest of the private part, 64 hex digits"}}},
      {"coapprove",
       "cert.coapprove",
       "Co-approve a monitored export (expert that the measure names)",
       Side::kNamed,
       {{"--photos", "photos", "number of photographs seen"}, {"--finding", "finding", "what was found"}}},
      {"void", "cert.void", "Void a certificate before shipment (exporting body)", Side::kExporter, {kCause}},
      {"expire",
       "cert.expire",
       "Record that an unshipped certificate has expired (exporting body)",
       Side::kExporter,
       {{"--cause", "cause", "remark"}}},
      {"ship",
       "cert.ship",
       "Record that the sealed shipment has left (exporting body)",
       Side::kExporter,
       {{"--seal", "seals", "number of a seal; repeat for each", false, OptionKind::kTexts}}},
      {"lost",
       "cert.lost",
       "Report a shipment or paper as lost (body of the exporter, or with --as of the importer)",
       Side::kExporter,
       {kCause}},
      {"replace",
       "cert.replace",
       "Replace a lost paper by a new certificate with the same goods (exporting body)",
       Side::kExporter,
       {{"--replaces", "replaces", "number of the lost certificate", true},
        {"--importer", "importer", "participant of destination", true},
        kCarats,
        kUsd,
        kIssueDate,
        kExpiryDate}},
      {"correct",
       "cert.correct",
       "Correct clerical errors of a certificate on hold (exporting body)",
       Side::kExporter,
       {kCarats, kUsd, kHs, kCause}},
  };
}

std::vector<EventCommand> receive() {
  return {
      {"arrive", "cert.arrive", "Record that the shipment has arrived (importing body)", Side::kImporter, {}},
      {"acknowledge",
       "receipt.acknowledge",
       "Acknowledge receipt (the importer itself, with its trader key)",
       Side::kTrader,
       {kReceivedCarats,
        kReceivedUsd,
        kReceivedParcels,
        {"--seals-intact", "seals_intact", "the seals were found intact", false, OptionKind::kFlag}}},
      {"confirm",
       "receipt.confirm",
       "Confirm receipt (importing body)",
       Side::kImporter,
       {kReceivedCarats,
        kReceivedUsd,
        kReceivedParcels,
        {"--exporter", "exporter", "exporter as read on the paper (default: as on the ledger)"},
        {"--cause", "cause", "why without the importer's acknowledgement"}}},
      {"supplement",
       "receipt.supplement",
       "Add what arrived later to a short receipt (importing body)",
       Side::kImporter,
       {kCarats, kUsd, kParcels}},
      {"hold", "receipt.hold", "Hold goods (importing body)", Side::kImporter, {kCause}},
      {"refuse", "receipt.refuse", "Refuse goods (importing body)", Side::kImporter, {kCause}},
      {"return",
       "tech.issue",
       "Send refused goods back under a technical certificate (importing body)",
       Side::kImporter,
       {{"--tech", "tech", "number of the technical certificate, e.g. IN-T000017", true}, kCause}},
      {"close-return",
       "tech.close",
       "Close a return: the goods are back (exporting body)",
       Side::kExporter,
       {{"--tech", "tech", "number of the technical certificate", true}}},
      {"seize", "cert.seize", "Seize goods (importing body)", Side::kImporter, {kCause}},
      {"release",
       "seizure.release",
       "Release seized goods (importing body)",
       Side::kImporter,
       {{"--cause", "cause", "remark"}}},
      {"forfeit",
       "seizure.forfeit",
       "Forfeit seized goods (importing body)",
       Side::kImporter,
       {{"--cause", "cause", "remark"}}},
      {"incident",
       "incident.report",
       "Report a paper whose number no one issued (importing body; needs --as)",
       Side::kNamed,
       {{"--kind", "kind", "e.g. FORGED_CERTIFICATE", true},
        {"--claimed-exporter", "claimed_exporter", "participant named on the paper"},
        {"--carats", "carats", "carats found"},
        {"--usd", "usd", "value found"},
        {"--goods", "goods", "what became of the goods, e.g. SEIZED"}}},
  };
}

}  // namespace

std::span<const EventCommand> event_commands() {
  static const std::vector<EventCommand> all_commands = [] {
    std::vector<EventCommand> all = issue_and_ship();
    for (auto& command : receive()) {
      all.push_back(std::move(command));
    }
    return all;
  }();
  return all_commands;
}

}  // namespace kimberlite::cli
