#include "generator/task_texts.h"

#include "codec/json_writer.h"
#include "generator/words.h"

namespace waybill::generator {
namespace {

std::string phone_number(base::SeededRandom& random) {
  std::string out = "+1";
  out += pick(random, area_codes());
  out += "55501";
  const std::uint64_t last = random.below(100);
  out += static_cast<char>('0' + last / 10);
  out += static_cast<char>('0' + last % 10);
  return out;
}

std::string mail_address(base::SeededRandom& random) {
  return "customer" + std::to_string(random.between(1000, 9999)) + "@example.com";
}

std::string person(base::SeededRandom& random) {
  std::string out(pick(random, first_names()));
  out += ' ';
  out += pick(random, family_names());
  return out;
}

}  // namespace

const TaskText& TaskTexts::of(const TaskFacts& task) {
  if (task.slot >= kept_.size()) kept_.resize(task.slot + std::size_t{1});
  Kept& kept = kept_[task.slot];
  const bool is_new = !kept.used || kept.text.number != task.number;
  if (is_new) begin(kept, task);
  if (is_new || kept.updates != task.updates || kept.has_outcome != task.has_outcome) update(kept, task);
  return kept.text;
}

void TaskTexts::begin(Kept& kept, const TaskFacts& task) const {
  base::SeededRandom random = centre_.sids.random(Kind::kTask, task.number);
  kept.used = true;
  kept.text.number = task.number;
  kept.text.sid = centre_.sids.text(Kind::kTask, task.number);
  kept.text.outcome = pick(random, outcomes());
  kept.first_attributes.clear();
  codec::JsonWriter json(kept.first_attributes);
  json.begin_object();
  json.member("type", pick(random, topics()));
  json.member("name", person(random));
  const std::string& channel = centre_[task.channel].unique_name;
  json.member("from", channel == "email" ? mail_address(random) : phone_number(random));
  // Conversations by telephone have a call, written ones do not.
  if (channel == "voice" || channel == "callback" || channel == "voicemail") {
    json.member("call_sid", centre_.sids.text(Kind::kCall, task.number));
  }
}

void TaskTexts::update(Kept& kept, const TaskFacts& task) {
  kept.updates = task.updates;
  kept.has_outcome = task.has_outcome;
  std::string out = kept.first_attributes;
  if (task.updates > 0) out += R"(,"notes":)" + std::to_string(task.updates);
  if (task.has_outcome) out += R"(,"outcome":")" + kept.text.outcome + '"';
  out += '}';
  kept.text.attributes.clear();
  codec::append_json_string(kept.text.attributes, out);
}

}  // namespace waybill::generator
