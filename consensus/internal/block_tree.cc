#include "consensus/internal/block_tree.h"

#include <algorithm>

namespace kimberlite::consensus {

void BlockTree::learn(const BlockRef& block) {
  if (block.height > root_.height) blocks_.emplace(block.digest, Entry{block, false});
}

void BlockTree::set_ready(const BlockRef& block) {
  learn(block);
  if (const auto found = blocks_.find(block.digest); found != blocks_.end()) found->second.ready = true;
}

const BlockRef* BlockTree::find(const Digest& digest) const {
  if (digest == root_.digest) return &root_;
  const auto found = blocks_.find(digest);
  return found == blocks_.end() ? nullptr : &found->second.block;
}

bool BlockTree::ready(const Digest& digest) const {
  if (digest == root_.digest) return true;
  const auto found = blocks_.find(digest);
  return found != blocks_.end() && found->second.ready;
}

std::optional<std::vector<BlockRef>> BlockTree::path(const Digest& tip) const {
  std::vector<BlockRef> blocks;
  for (Digest at = tip; at != root_.digest; at = blocks.back().parent) {
    const auto found = blocks_.find(at);
    if (found == blocks_.end()) return std::nullopt;
    // Heights fall by one a step, so a walk ends even if a record lied about its height.
    if (!blocks.empty() && found->second.block.height.value + 1 != blocks.back().height.value) return std::nullopt;
    blocks.push_back(found->second.block);
  }
  std::reverse(blocks.begin(), blocks.end());
  return blocks;
}

void BlockTree::set_root(const BlockRef& root) {
  root_ = root;
  std::erase_if(blocks_, [&](const auto& entry) { return entry.second.block.height <= root_.height; });
}

void BlockTree::forget_if(const std::function<bool(const BlockRef&)>& unneeded) {
  std::erase_if(blocks_, [&](const auto& entry) { return !entry.second.ready && unneeded(entry.second.block); });
}

}  // namespace kimberlite::consensus
