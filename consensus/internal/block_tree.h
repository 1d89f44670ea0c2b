// The undecided blocks: what consensus knows of each (BlockRef), whether its body is here, and how it hangs on the last
// committed block. Bounded by the views that may propose: what is neither certified nor recent is forgotten. Not
// thread-safe.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "consensus/types.h"

namespace kimberlite::consensus {

class BlockTree {
 public:
  explicit BlockTree(const BlockRef& root) : root_(root) {}

  /// The last committed block; its body is always here.
  [[nodiscard]] const BlockRef& root() const { return root_; }
  /// Remembers a block above the root.
  void learn(const BlockRef& block);
  /// The block's body is here, executed and durable.
  void set_ready(const BlockRef& block);
  [[nodiscard]] const BlockRef* find(const Digest& digest) const;
  [[nodiscard]] bool ready(const Digest& digest) const;
  /// Blocks above the root up to `tip`, lowest first; nullopt if a link is unknown or `tip` does not descend from the
  /// root.
  [[nodiscard]] std::optional<std::vector<BlockRef>> path(const Digest& tip) const;
  /// A new committed block: everything at or below its height goes.
  void set_root(const BlockRef& root);
  /// Forgets blocks whose body is not here and for which `unneeded` holds.
  void forget_if(const std::function<bool(const BlockRef&)>& unneeded);

 private:
  struct Entry {
    BlockRef block;
    bool ready{};
  };
  BlockRef root_;
  std::map<Digest, Entry> blocks_;
};

}  // namespace kimberlite::consensus
