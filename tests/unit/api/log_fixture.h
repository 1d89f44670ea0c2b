// A real store with a log of known leaves and a network record, as HTTP serves it.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "kimberlite/v1/genesis.pb.h"
#include "node/api/http_server.h"
#include "storage/store.h"
#include "tests/unit/storage/test_chain.h"

namespace kimberlite::api {

class LogFixture {
 public:
  /// A log of `entries` leaves in blocks of up to 100, read by `readers`.
  explicit LogFixture(std::size_t entries, v1::LogReaders readers = v1::LOG_READERS_PUBLIC);

  /// Sources over this store; checkpoint "note\n", metrics "figures\n", genesis "{}", ready.
  [[nodiscard]] HttpSources sources() const;
  [[nodiscard]] const std::vector<std::string>& leaves() const { return leaves_; }

 private:
  storage::testing::TemporaryFolder folder_;
  std::unique_ptr<storage::Store> store_;
  std::vector<std::string> leaves_;
};

}  // namespace kimberlite::api
