#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <string>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>

#include "base/thread.h"
#include "http/connection.h"
#include "http/connection_gate.h"
#include "http/server.h"

namespace waybill::http {

// One thread with its connections. All but start() and join() may be called from any thread.
class Worker {
 public:
  // `service` and `gate` must outlive the worker.
  Worker(const Service& service, ConnectionGate& gate);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker() = default;

  boost::asio::io_context& context() { return context_; }

  void start(std::string name);

  // Serves a connection that has entered the gate, and lets it leave at its end.
  void adopt(Socket socket, Admitted admitted);

  void set_limits(const ServerLimits& limits);

  // So many rounds has the thread made, a few in each second; one that is stuck makes none.
  [[nodiscard]] std::int64_t rounds() const { return rounds_.load(std::memory_order_relaxed); }

  // Closes what is idle, and lets every other connection end with its next answer.
  void drain();
  // Closes every connection, and lets the thread end when they have.
  void cut();
  // REQUIRES: cut() was called.
  void join() { thread_.join(); }

 private:
  void serve(Socket socket, const Admitted& admitted);
  void tick_later();

  const Service& service_;
  ConnectionGate& gate_;

  // A hint that one thread runs it, which spares it some signalling.
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<Executor> work_;

  // Touched by the thread alone once it runs.
  ThreadState state_;
  Timer ticker_;
  std::list<Connection> connections_;
  bool is_cut_ = false;

  std::atomic<std::int64_t> rounds_ = 0;

  base::Thread thread_;
};

}  // namespace waybill::http
