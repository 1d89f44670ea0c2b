#include "node/ledger/transaction.h"

#include <google/protobuf/message.h>

#include <utility>

#include "proto/assert.h"
#include "proto/strict.h"

namespace kimberlite::ledger {

bool Transaction::contains(std::string_view key) const {
  return writes_.contains(key) || base_.get(key).has_value();
}

void Transaction::store(std::string key, const google::protobuf::Message& record) {
  writes_.insert_or_assign(std::move(key), serialize_canonical(record));
}

bool Transaction::read(std::string_view key, google::protobuf::Message& record) const {
  if (const auto written = writes_.find(key); written != writes_.end()) {
    KIMBERLITE_ASSERT(record.ParseFromString(written->second), "a record written by a rule parses");
    return true;
  }
  const std::optional<std::string> value = base_.get(key);
  if (!value) return false;
  KIMBERLITE_ASSERT(record.ParseFromString(*value), "every value of the state parses as its record");
  return true;
}

}  // namespace kimberlite::ledger
