#include "node/api/counted_answer.h"

namespace kimberlite::api {

bool AnswerBudget::take(std::size_t bytes) {
  if (bytes_.fetch_add(bytes) + bytes <= kGrpcAnswerBytesMax) return true;
  bytes_ -= bytes;
  return false;
}

void CountedAnswer::OnDone() {
  budget_.give_back(taken_);
  delete this;
}

}  // namespace kimberlite::api
