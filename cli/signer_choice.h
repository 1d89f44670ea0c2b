// Which key signs an event: by the event's kind, the acting party and the genesis document's bodies.
// Not thread-safe: remembers who issued what.
#pragma once

#include <map>
#include <string>

#include "cli/wallet.h"
#include "proto/error.h"
#include "proto/genesis.h"

namespace kimberlite {
namespace v1 {
class Event;
}

namespace cli {

class SignerChoice {
 public:
  /// Both must outlive this object.
  SignerChoice(Wallet& wallet, const GenesisDocument& genesis) : wallet_(wallet), genesis_(genesis) {}

  /// The key by which `party` signs the event. `body`: the body to use; empty: the one that the event names, the one
  /// that issued the certificate, or the party's first with the role that the event asks for. BAD_REQUEST if the
  /// home lacks the key, or the party has no such body.
  Result<Signer> choose(const std::string& party, const v1::Event& event, const std::string& body = {});

 private:
  enum class Role { kExporting, kImporting, kAny };
  Result<Signer> body_with_role(const std::string& party, Role role, const std::string& number);

  Wallet& wallet_;
  const GenesisDocument& genesis_;
  std::map<std::string, std::string> issuing_body_;  ///< certificate number -> body, of issues signed here
};

}  // namespace cli
}  // namespace kimberlite
