// A thread that a simulation runs: what the runtime posts to it waits until the simulation says that it is done.
// Not thread-safe.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>
#include <functional>
#include <utility>

namespace kimberlite::whole_node {

using Task = std::move_only_function<void()>;

class TaskQueue final : public boost::asio::execution_context {
 public:
  /// `posted` takes each task.
  explicit TaskQueue(std::function<void(Task)> posted) : posted_(std::move(posted)) {}
  ~TaskQueue() { shutdown(); }
  TaskQueue(const TaskQueue&) = delete;
  TaskQueue& operator=(const TaskQueue&) = delete;

  /// As Asio asks of executors.
  class Executor {
   public:
    explicit Executor(TaskQueue& queue) : queue_(&queue) {}
    template <typename Function>
    void execute(Function&& function) const {
      queue_->posted_(Task(std::forward<Function>(function)));
    }
    [[nodiscard]] boost::asio::execution_context& query(boost::asio::execution::context_t /*property*/) const noexcept {
      return *queue_;
    }
    static constexpr boost::asio::execution::blocking_t query(
        boost::asio::execution::blocking_t /*property*/) noexcept {
      return boost::asio::execution::blocking.never;
    }
    friend bool operator==(const Executor&, const Executor&) = default;

   private:
    TaskQueue* queue_;
  };
  [[nodiscard]] boost::asio::any_io_executor executor() { return Executor(*this); }

 private:
  std::function<void(Task)> posted_;
};

}  // namespace kimberlite::whole_node
