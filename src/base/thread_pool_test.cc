#include "base/thread_pool.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/resource.h>

#include "base/mutex.h"
#include "base/thread.h"

namespace waybill::base {
namespace {

// What threads wait at until a test opens it.
class Gate {
 public:
  void pass() {
    const MutexLock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    while (!open_) changed_.wait(mutex_);
  }
  void await_waiting(int count) {
    const MutexLock lock(mutex_);
    while (waiting_ < count) changed_.wait(mutex_);
  }
  void open() {
    const MutexLock lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }

 private:
  Mutex mutex_;
  Condition changed_;
  int waiting_ GUARDED_BY(mutex_) = 0;
  bool open_ GUARDED_BY(mutex_) = false;
};

// Numbers in the order in which threads noted them.
class Notes {
 public:
  void add(int value) {
    const MutexLock lock(mutex_);
    values_.push_back(value);
  }
  std::vector<int> take() {
    const MutexLock lock(mutex_);
    return std::exchange(values_, {});
  }

 private:
  Mutex mutex_;
  std::vector<int> values_ GUARDED_BY(mutex_);
};

TEST(ThreadPool, runs_jobs_in_the_order_they_came) {
  Notes notes;
  {
    ThreadPool pool("test", 1, 100);
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(pool.submit([&notes, i] { notes.add(i); }));
  }
  std::vector<int> want(100);
  for (int i = 0; i < 100; ++i) want[static_cast<std::size_t>(i)] = i;
  EXPECT_EQ(notes.take(), want);
}

TEST(ThreadPool, runs_as_many_jobs_at_once_as_it_has_threads) {
  Gate gate;
  ThreadPool pool("test", 3, 3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(pool.submit([&gate] { gate.pass(); }));
  gate.await_waiting(3);
  gate.open();
}

TEST(ThreadPool, refuses_what_its_queue_cannot_hold_and_runs_the_rest_before_it_ends) {
  Gate gate;
  Notes notes;
  {
    ThreadPool pool("test", 1, 2);
    EXPECT_TRUE(pool.submit([&gate] { gate.pass(); }));
    gate.await_waiting(1);
    EXPECT_TRUE(pool.submit([&notes] { notes.add(1); }));
    EXPECT_TRUE(pool.submit([&notes] { notes.add(2); }));
    EXPECT_FALSE(pool.submit([&notes] { notes.add(3); }));
    gate.open();
  }
  EXPECT_EQ(notes.take(), (std::vector{1, 2}));
}

TEST(ThreadPool, owners_take_turns) {
  Gate gate;
  Notes notes;
  {
    ThreadPool pool("test", 1, 100, ThreadPool::Owners::kMany);
    EXPECT_TRUE(pool.submit([&gate] { gate.pass(); }));
    gate.await_waiting(1);
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(pool.submit([&notes] { notes.add(1); }, 1));
    EXPECT_TRUE(pool.submit([&notes] { notes.add(2); }, 2));
    gate.open();
  }
  EXPECT_EQ(notes.take(), (std::vector{1, 2, 1, 1, 1}));
}

TEST(ThreadPool, leaves_a_thread_and_half_of_its_queue_to_other_owners) {
  Gate gate;
  Gate other;
  {
    ThreadPool pool("test", 3, 4, ThreadPool::Owners::kMany);
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(pool.submit([&gate] { gate.pass(); }, 1));
    gate.await_waiting(2);
    for (int i = 0; i < 2; ++i) EXPECT_TRUE(pool.submit([&gate] { gate.pass(); }, 1));
    EXPECT_FALSE(pool.submit([&gate] { gate.pass(); }, 1));
    EXPECT_TRUE(pool.submit([&other] { other.pass(); }, 2));
    other.await_waiting(1);
    other.open();
    gate.open();
  }
}

TEST(ThreadPool, a_job_may_submit_another_while_the_pool_ends) {
  Notes notes;
  {
    ThreadPool pool("test", 1, 2);
    EXPECT_TRUE(pool.submit([&] {
      notes.add(1);
      EXPECT_TRUE(pool.submit([&notes] { notes.add(2); }));
    }));
  }
  EXPECT_EQ(notes.take(), (std::vector{1, 2}));
}

TEST(ThreadPool, refuses_what_comes_once_it_has_ended) {
  Notes notes;
  ThreadPool pool("test", 2, 10);
  EXPECT_TRUE(pool.submit([&notes] { notes.add(1); }));
  pool.end();
  EXPECT_FALSE(pool.submit([&notes] { notes.add(2); }));
  pool.end();
  EXPECT_EQ(notes.take(), std::vector{1});
}

// Whoever submits is told the truth at every moment of the end: what was taken is run.
TEST(ThreadPool, runs_all_that_it_has_taken_however_late_that_came) {
  for (int round = 0; round < 200; ++round) {
    Notes notes;
    int taken = 0;
    ThreadPool pool("test", 2, 1000);
    {
      const Thread submitter("submitter", [&] {
        while (pool.submit([&notes] { notes.add(1); })) ++taken;
      });
      pool.end();
    }
    ASSERT_EQ(notes.take().size(), static_cast<std::size_t>(taken)) << "round " << round;
  }
}

TEST(Thread, carries_its_name_as_far_as_the_kernel_keeps_it) {
  std::array<char, 32> name{};
  Thread thread("a name of over fifteen characters",
                [&name] { pthread_getname_np(pthread_self(), name.data(), name.size()); });
  thread.join();
  EXPECT_EQ(std::string(name.data()), "a name of over ");
}

TEST(Thread, is_joined_when_it_is_replaced_or_destroyed) {
  Notes replaced;
  Notes destroyed;
  {
    Thread thread("test", [&replaced] { replaced.add(1); });
    thread = Thread("test", [&destroyed] { destroyed.add(2); });
    EXPECT_EQ(replaced.take(), std::vector{1});
  }
  EXPECT_EQ(destroyed.take(), std::vector{2});
}

TEST(Thread, may_be_joined_twice_or_never_have_run) {
  Thread thread("test", [] {});
  thread.join();
  thread.join();
  Thread none;
  none.join();
}

TEST(Thread, one_that_gives_way_is_nicer_and_so_are_those_of_its_pool) {
  constexpr int kNicest = 19;
  const auto niceness = [] { return getpriority(PRIO_PROCESS, 0); };
  const int own = niceness();
  Notes notes;
  const auto note = [&] { notes.add(niceness()); };
  Thread("test", note).join();
  Thread("test", note, Priority::kGivesWay).join();
  ThreadPool pool("test", 1, 1, ThreadPool::Owners::kOne, Priority::kGivesWay);
  ASSERT_TRUE(pool.submit(note));
  pool.end();
  EXPECT_EQ(notes.take(), (std::vector{own, std::min(own + 5, kNicest), std::min(own + 5, kNicest)}));
  EXPECT_EQ(niceness(), own);
}

TEST(Thread, what_escapes_its_body_ends_the_process) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(Thread("test", [] { static_cast<void>(std::string().at(1)); }).join(), "out_of_range");
}

TEST(Condition, gives_up_waiting_at_its_limit) {
  Mutex mutex;
  Condition condition;
  const MutexLock lock(mutex);
  condition.wait_for(mutex, std::chrono::milliseconds(1));
}

}  // namespace
}  // namespace waybill::base
