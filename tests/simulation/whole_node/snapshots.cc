// Snapshots as whole nodes take them, cut finer: the state of a short run would be one chunk. The linker puts this in
// the place of StateSnapshot::take (CMakeLists.txt, --wrap).
#include "storage/state_snapshot.h"

#define TAKE                                                                                          \
  "_ZN10kimberlite7storage13StateSnapshot4takeERKNSt10filesystem7__cxx114pathERKNS0_8SnapshotENSt7__" \
  "cxx1112basic_stringIcSt11char_traitsIcESaIcEEEm"

namespace kimberlite::whole_node {

using SnapshotPtr = std::shared_ptr<const storage::StateSnapshot>;

/// Bytes of a chunk: a few items.
constexpr std::size_t kSmallChunk = 1024;

Result<SnapshotPtr> real_take(const std::filesystem::path& folder, const storage::Snapshot& state,
                              std::string finalization, std::size_t aim) __asm__("__real_" TAKE);
Result<SnapshotPtr> wrapped_take(const std::filesystem::path& folder, const storage::Snapshot& state,
                                 std::string finalization, std::size_t aim) __asm__("__wrap_" TAKE);

Result<SnapshotPtr> wrapped_take(const std::filesystem::path& folder, const storage::Snapshot& state,
                                 std::string finalization, std::size_t /*aim*/) {
  return real_take(folder, state, std::move(finalization), kSmallChunk);
}

}  // namespace kimberlite::whole_node
