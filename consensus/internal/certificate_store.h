// The certificates that decide what may be built on what: of each view above the last finalization its notarization and
// its nullification (both may exist), and the newest finalization, which makes all older ones redundant. Only q
// signatures make an entry, so what is kept grows with views that really happened. Not thread-safe.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "consensus/types.h"

namespace kimberlite::consensus {

class CertificateStore {
 public:
  /// Starts from a final block: `root` in `view` (genesis: chain id in view 0), with its finalization if there is one.
  CertificateStore(const Digest& root, View view, std::optional<Certificate> finalization);

  /// Takes a verified certificate. False if it says nothing new: known, or of a view at or below the newest
  /// finalization.
  bool add(const Certificate& certificate);

  /// View of the newest finalization; 0 at genesis.
  [[nodiscard]] View final_view() const { return final_view_; }
  [[nodiscard]] const Digest& final_block() const { return final_block_; }
  /// The newest finalization; null at genesis, and where a catch-up was cut off: only the last of its commits has one.
  [[nodiscard]] const Certificate* finalization() const { return finalization_ ? &*finalization_ : nullptr; }
  /// Notarization or nullification of a view above final_view; null if not here.
  [[nodiscard]] const Certificate* notarization(View view) const;
  [[nodiscard]] const Certificate* nullification(View view) const;

  /// What is certified in a view: notarized there, or final there (genesis in view 0).
  [[nodiscard]] std::optional<Digest> certified_in(View view) const;
  /// The highest view below `below` in which something is certified; final_view at the least.
  [[nodiscard]] View highest_certified_below(View below) const;
  /// The lowest view strictly between the two whose nullification is not here.
  [[nodiscard]] std::optional<View> first_gap(View after, View before) const;
  /// Views above final_view with their notarizations, ascending.
  [[nodiscard]] const std::map<View, Certificate>& notarizations() const { return notarizations_; }
  /// Certificates of views above `view`, ascending by view, at most `limit`; the finalization not among them.
  /// Notarizations and nullifications held.
  [[nodiscard]] std::size_t size() const { return notarizations_.size() + nullifications_.size(); }
  [[nodiscard]] std::vector<Certificate> above(View view, std::size_t limit) const;

 private:
  View final_view_;
  Digest final_block_;
  std::optional<Certificate> finalization_;
  std::map<View, Certificate> notarizations_;
  std::map<View, Certificate> nullifications_;
};

}  // namespace kimberlite::consensus
