#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "generator/contact_centre.h"
#include "generator/happening.h"

namespace waybill::generator {

// What is written about a task and its customer.
struct TaskText {
  std::uint64_t number = 0;  // of the task
  std::string sid;
  std::string attributes;  // JSON text inside a JSON string, quotes included
  std::string outcome;
};

// The texts of all tasks, made from their numbers when first asked for and kept while their slot is theirs. Memory is
// bounded by the tasks that live at one time.
class TaskTexts {
 public:
  // `centre` must outlive it.
  explicit TaskTexts(const ContactCentre& centre) : centre_(centre) {}

  // Valid until the next call.
  const TaskText& of(const TaskFacts& task);

 private:
  struct Kept {
    bool used = false;
    std::uint8_t updates = 0;
    bool has_outcome = false;
    std::string first_attributes;  // their closing brace left out
    TaskText text;
  };

  void begin(Kept& kept, const TaskFacts& task) const;
  static void update(Kept& kept, const TaskFacts& task);

  const ContactCentre& centre_;
  std::vector<Kept> kept_;  // by slot
};

}  // namespace waybill::generator
