#include "consensus/internal/certificate_store.h"

#include <utility>

namespace kimberlite::consensus {

CertificateStore::CertificateStore(const Digest& root, View view, std::optional<Certificate> finalization)
    : final_view_(view), final_block_(root), finalization_(std::move(finalization)) {}

bool CertificateStore::add(const Certificate& certificate) {
  if (certificate.view <= final_view_) return false;
  switch (certificate.kind) {
    case VoteKind::kNotarize:
      return notarizations_.emplace(certificate.view, certificate).second;
    case VoteKind::kNullify:
      return nullifications_.emplace(certificate.view, certificate).second;
    case VoteKind::kFinalize:
      break;
  }
  final_view_ = certificate.view;
  final_block_ = certificate.block;
  finalization_ = certificate;
  notarizations_.erase(notarizations_.begin(), notarizations_.upper_bound(final_view_));
  nullifications_.erase(nullifications_.begin(), nullifications_.upper_bound(final_view_));
  return true;
}

const Certificate* CertificateStore::notarization(View view) const {
  const auto found = notarizations_.find(view);
  return found == notarizations_.end() ? nullptr : &found->second;
}

const Certificate* CertificateStore::nullification(View view) const {
  const auto found = nullifications_.find(view);
  return found == nullifications_.end() ? nullptr : &found->second;
}

std::optional<Digest> CertificateStore::certified_in(View view) const {
  if (view == final_view_) return final_block_;
  const Certificate* found = notarization(view);
  return found == nullptr ? std::nullopt : std::optional(found->block);
}

View CertificateStore::highest_certified_below(View below) const {
  const auto after = notarizations_.lower_bound(below);
  return after == notarizations_.begin() ? final_view_ : std::prev(after)->first;
}

std::optional<View> CertificateStore::first_gap(View after, View before) const {
  View expected{after.value + 1};
  for (auto entry = nullifications_.upper_bound(after); expected < before; ++entry, ++expected.value)
    if (entry == nullifications_.end() || entry->first != expected) return expected;
  return std::nullopt;
}

std::vector<Certificate> CertificateStore::above(View view, std::size_t limit) const {
  std::vector<Certificate> found;
  auto notarized = notarizations_.upper_bound(view);
  auto nullified = nullifications_.upper_bound(view);
  while (found.size() < limit) {
    const bool any_notarized = notarized != notarizations_.end();
    const bool any_nullified = nullified != nullifications_.end();
    if (!any_notarized && !any_nullified) break;
    if (any_notarized && (!any_nullified || notarized->first <= nullified->first))
      found.push_back((notarized++)->second);
    else
      found.push_back((nullified++)->second);
  }
  return found;
}

}  // namespace kimberlite::consensus
