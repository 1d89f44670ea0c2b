#include "node/ledger/transaction.h"

#include <google/protobuf/message.h>

#include <utility>

#include "proto/assert.h"
#include "proto/strict.h"

namespace kimberlite::ledger {

bool Transaction::contains(std::string_view key) const {
  if (writes_.contains(key)) return true;
  const std::optional<std::string> value = base_.get(key);
  count(value ? value->size() : 0);
  return value.has_value();
}

void Transaction::store(std::string key, const google::protobuf::Message& record) {
  std::string bytes = serialize_canonical(record);
  count(bytes.size());
  writes_.insert_or_assign(std::move(key), std::move(bytes));
}

void Transaction::count(std::size_t record_bytes) const {
  work_bytes_ += kRecordAccessBytes + record_bytes;
}

Result<void> Transaction::check_work() const {
  if (work_bytes_ <= kEnvelopeWorkBytesMax) return {};
  return fail(
      Reason::TOO_COSTLY, "",
      "the envelope's events read and write more than " + std::to_string(kEnvelopeWorkBytesMax) + " bytes of records");
}

bool Transaction::read(std::string_view key, google::protobuf::Message& record) const {
  if (const auto written = writes_.find(key); written != writes_.end()) {
    count(written->second.size());
    KIMBERLITE_ASSERT(record.ParseFromString(written->second), "a record written by a rule parses");
    return true;
  }
  const std::optional<std::string> value = base_.get(key);
  count(value ? value->size() : 0);
  if (!value) return false;
  KIMBERLITE_ASSERT(record.ParseFromString(*value), "every value of the state parses as its record");
  return true;
}

}  // namespace kimberlite::ledger
