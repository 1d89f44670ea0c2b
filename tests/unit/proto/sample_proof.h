// A whole proof file of a small log and a small state, in the sample network: for tests and fuzz targets.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "kimberlite/v1/proof.pb.h"
#include "naive_map.h"
#include "proto/block.h"
#include "proto/checkpoint.h"
#include "proto/genesis.h"

namespace kimberlite::test {

inline constexpr std::size_t kSampleLogSize = 11;
inline constexpr std::size_t kSampleRecordIndex = 6;

/// The sample genesis document, read once.
const GenesisDocument& sample_network();
/// Thirty certificates.
StateValues sample_state();
/// The record at kSampleRecordIndex, with the root of sample_state().
BlockHeader sample_header();
/// The checkpoint of the log whose record is `header`.
Checkpoint sample_log_checkpoint(const BlockHeader& header, const std::string& origin);

/// What to prove, and how.
struct SampleProof {
  std::string key = "certificate/BW-2601";
  BlockHeader header = sample_header();
  std::vector<unsigned char> signers = {1, 2};
  std::string origin = "kimberlite.example/test";
};

/// The proof; `key` may be absent from the state.
v1::StateProof make_proof(const SampleProof& sample = {});

}  // namespace kimberlite::test
