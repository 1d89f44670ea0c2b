// Fuzzes the answer to a request for a range of the log, spoilt from a sound one: whatever passes has the true leaves.
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "kimberlite/v1/peer.pb.h"
#include "node/runtime/range_fetch.h"
#include "proto/assert.h"
#include "proto/merkle_log.h"
#include "tests/fuzz/edits.h"

namespace {

using namespace kimberlite;

constexpr std::uint64_t kLeaves = 100;
constexpr std::uint64_t kFirst = 37;
constexpr std::uint64_t kCount = 5;

struct Sample {
  std::vector<std::string> leaves;
  Digest root;
  std::string answer;  // a v1.LogRange
};

Sample make_sample() {
  Sample sample;
  std::map<std::pair<unsigned, std::uint64_t>, Digest> nodes;
  CompactRange range;
  for (std::uint64_t i = 0; i < kLeaves; ++i) {
    sample.leaves.push_back("leaf " + std::to_string(i));
    range.append(leaf_hash(sample.leaves.back()),
                 [&nodes](unsigned level, std::uint64_t index, const Digest& hash) { nodes[{level, index}] = hash; });
  }
  sample.root = range.root();
  const NodeReader read = [&nodes](unsigned level, std::uint64_t index) -> Result<Digest> {
    return nodes.at({level, index});
  };
  v1::LogRange message;
  message.set_first_index(kFirst);
  message.set_target_size(kLeaves);
  for (std::uint64_t i = kFirst; i < kFirst + kCount; ++i) message.add_leaves(sample.leaves[i]);
  for (const Digest& peak : *log_peaks(LogSize{kFirst}, read)) message.add_before(std::string(peak.view()));
  for (const Digest& node : *consistency_proof(LogSize{kFirst + kCount}, LogSize{kLeaves}, read))
    message.add_consistency(std::string(node.view()));
  sample.answer = message.SerializeAsString();
  return sample;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Sample sample = make_sample();
  v1::LogRange message;
  if (!message.ParseFromString(fuzz::edited(sample.answer, data, size))) return 0;
  const auto range = runtime::open_range(message);
  if (!range || range->target.value != kLeaves || !runtime::verify_range(*range, sample.root)) return 0;
  for (std::size_t i = 0; i < range->leaves.size(); ++i)
    KIMBERLITE_ASSERT(range->leaves[i] == sample.leaves.at(range->first.value + i), "what passes is in the log");
  return 0;
}
