// Our own test vectors: for each rule of the protocol a fixed input and the bytes it must give, as lines of a file that
// another program checks (tests/data/vectors/check.py).
#pragma once

#include <string>

namespace kimberlite::test {

/// The whole content of tests/data/vectors/golden.txt as this build computes it.
std::string golden_vectors();

}  // namespace kimberlite::test
