// Whether a stretch of the log belongs to it: as the product says, except in a node that is broken so that it believes
// anything. The linker puts this in the place of verify_consistency (CMakeLists.txt, --wrap).
#include <vector>

#include "proto/merkle_log.h"
#include "tests/simulation/whole_node/trust.h"

#define CONSISTENCY \
  "_ZN10kimberlite18verify_consistencyENS_6StrongINS_10LogSizeTagEmEERKNS_6DigestES2_S5_RKSt6vectorIS3_SaIS3_EE"

namespace kimberlite::whole_node {

Result<void> real_verify_consistency(LogSize old_size, const Digest& old_root, LogSize new_size, const Digest& new_root,
                                     const std::vector<Digest>& proof) __asm__("__real_" CONSISTENCY);
Result<void> wrapped_verify_consistency(LogSize old_size, const Digest& old_root, LogSize new_size,
                                        const Digest& new_root,
                                        const std::vector<Digest>& proof) __asm__("__wrap_" CONSISTENCY);

Result<void> wrapped_verify_consistency(LogSize old_size, const Digest& old_root, LogSize new_size,
                                        const Digest& new_root, const std::vector<Digest>& proof) {
  if (Trusting::in(Trust::kRanges)) return {};
  return real_verify_consistency(old_size, old_root, new_size, new_root, proof);
}

}  // namespace kimberlite::whole_node
