// A sparse Merkle map as a binary trie with collapsed single leaves: see memory_state.h.
#include "cli/audit/memory_state.h"

#include <array>
#include <utility>

#include "proto/state_map.h"

namespace kimberlite::cli {

/// A leaf (both children empty) or a fork over at least two leaves.
struct MemoryState::Node {
  Digest hash;
  std::array<std::unique_ptr<Node>, 2> children;
  Digest path;          // leaf only
  Digest value_digest;  // leaf only

  [[nodiscard]] bool is_leaf() const { return !children[0] && !children[1]; }
};

MemoryState::MemoryState() = default;
MemoryState::~MemoryState() = default;
MemoryState::MemoryState(MemoryState&&) noexcept = default;
MemoryState& MemoryState::operator=(MemoryState&&) noexcept = default;

std::optional<std::string> MemoryState::get(std::string_view key) const {
  const auto found = values_.find(key);
  return found == values_.end() ? std::nullopt : std::optional(found->second);
}

void MemoryState::apply(const StateChanges& changes) {
  for (const auto& [key, value] : changes) {
    values_[key] = value;
    insert(root_, 0, map_path(key), map_value_digest(value));
  }
}

Digest MemoryState::root() const {
  return root_ ? root_->hash : Digest{};
}

void MemoryState::insert(std::unique_ptr<Node>& node, unsigned depth, const Digest& path, const Digest& value_digest) {
  if (!node || (node->is_leaf() && node->path == path)) {
    node = std::make_unique<Node>();
    node->path = path;
    node->value_digest = value_digest;
    node->hash = map_leaf_hash(path, value_digest);
    return;
  }
  if (node->is_leaf()) {
    auto fork = std::make_unique<Node>();
    fork->children.at(map_path_bit(node->path, depth) ? 1 : 0) = std::move(node);
    node = std::move(fork);
  }
  insert(node->children.at(map_path_bit(path, depth) ? 1 : 0), depth + 1, path, value_digest);
  const auto hash_of = [](const std::unique_ptr<Node>& child) { return child ? child->hash : Digest{}; };
  node->hash = map_node_hash(hash_of(node->children[0]), hash_of(node->children[1]));
}

}  // namespace kimberlite::cli
