#include "node/net/internal/inbound_budget.h"

#include <utility>

#include "proto/assert.h"

namespace kimberlite::net {
namespace {

class CountedFrame final : public Frame {
 public:
  CountedFrame(std::string bytes, std::shared_ptr<InboundBudget> budget)
      : bytes_(std::move(bytes)), budget_(std::move(budget)) {
    budget_->add(bytes_.size() + kFrameOverheadBytes);
  }
  CountedFrame(const CountedFrame&) = delete;
  CountedFrame& operator=(const CountedFrame&) = delete;
  ~CountedFrame() override { budget_->release(bytes_.size() + kFrameOverheadBytes); }
  [[nodiscard]] const std::string& bytes() const override { return bytes_; }

 private:
  const std::string bytes_;
  const std::shared_ptr<InboundBudget> budget_;
};

}  // namespace

InboundBudget::InboundBudget(std::function<void()> resume) : resume_(std::move(resume)) {}

void InboundBudget::add(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  bytes_ += bytes;
}

void InboundBudget::release(std::size_t bytes) {
  const std::lock_guard lock(mutex_);
  KIMBERLITE_ASSERT(bytes <= bytes_, "only counted bytes are released");
  bytes_ -= bytes;
  if (!paused_ || bytes_ > kInboundBytesMax / 2) return;
  paused_ = false;
  if (resume_) resume_();
}

bool InboundBudget::pause_if_full() {
  const std::lock_guard lock(mutex_);
  if (bytes_ > kInboundBytesMax) paused_ = true;
  return paused_;
}

void InboundBudget::detach() {
  const std::lock_guard lock(mutex_);
  resume_ = nullptr;
}

std::shared_ptr<const Frame> make_frame(std::string bytes, std::shared_ptr<InboundBudget> budget) {
  return std::make_shared<CountedFrame>(std::move(bytes), std::move(budget));
}

}  // namespace kimberlite::net
