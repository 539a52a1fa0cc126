#include "generator/contact_centre.h"

#include <algorithm>
#include <span>

#include "base/check.h"
#include "base/strings.h"
#include "codec/json_writer.h"
#include "generator/words.h"

namespace waybill::generator {
namespace {

// Drawn apart from the seed's other uses, so that a larger centre does not change what happens elsewhere.
constexpr std::uint64_t kCastStream = 0x6361'7374'0000'0000U;

constexpr std::size_t kNightShiftFrom = 50;  // smaller centres sleep

std::string given_or(const std::string& given, const std::string& made) { return given.empty() ? made : given; }

// The word at `number`; where the words run out they begin again with a number behind.
std::string numbered_word(std::span<const std::string_view> words, std::uint64_t number) {
  std::string out(words[number % words.size()]);
  const std::uint64_t round = number / words.size();
  return round == 0 ? out : out.append(1, ' ').append(std::to_string(round + 1));
}

std::string skill_of(const std::string& queue_name) {
  std::string out = base::to_lower(queue_name);
  std::replace(out.begin(), out.end(), ' ', '_');
  return out;
}

std::array<Activity, kActivityCount> make_activities(const Sids& sids) {
  constexpr std::array<std::string_view, kActivityCount> kNames = {"Offline", "Available", "Unavailable", "Break",
                                                                   "Lunch"};
  std::array<Activity, kActivityCount> out;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = {sids.text(Kind::kActivity, i), std::string(kNames[i]), i == index_of(ActivityId::kAvailable)};
  }
  return out;
}

Channel make_channel(const Sids& sids, std::uint64_t number) {
  const ChannelWords& words = channel_words()[number];
  return {sids.text(Kind::kTaskChannel, number), std::string(words.name), std::string(words.unique_name),
          words.capacity};
}

Queue make_queue(const Sids& sids, std::uint64_t number, std::string name) {
  Queue queue;
  queue.sid = sids.text(Kind::kTaskQueue, number);
  queue.skill = skill_of(name);
  queue.target_expression = "skills HAS '" + queue.skill + "'";
  queue.name = std::move(name);
  return queue;
}

// Everybody of the first 4,096 has a name of their own: an odd factor visits each pair of names once.
std::string worker_name(std::uint64_t number, std::uint64_t rotation) {
  const std::uint64_t pairs = first_names().size() * family_names().size();
  const std::uint64_t pair = (number * 2'654'435'761U + rotation) % pairs;
  std::string out(first_names()[pair % first_names().size()]);
  out += ' ';
  out += family_names()[pair / first_names().size()];
  const std::uint64_t round = number / pairs;
  return round == 0 ? out : out.append(1, ' ').append(std::to_string(round + 1));
}

Shift draw_shift(base::SeededRandom& random, std::size_t number, std::size_t workers) {
  if (number < kCrewMax) return Shift::kEarly;
  const std::uint64_t percent = random.below(100);
  if (workers >= kNightShiftFrom && percent >= 96) return Shift::kNight;
  return percent < 45 ? Shift::kEarly : percent < 75 ? Shift::kDay : Shift::kLate;
}

// The beginning of {"skills":[…],"level":…} as it stands inside a JSON string.
std::string make_attributes_head(std::span<const std::string_view> skills) {
  std::string inner;
  codec::JsonWriter json(inner);
  json.begin_object().key("skills").begin_array();
  for (const std::string_view skill : skills) json.text(skill);
  json.end_array().key("level");
  std::string out;
  codec::append_json_string(out, inner);
  out.pop_back();
  return out;
}

Worker make_worker(const Sids& sids, std::uint64_t number, std::size_t workers) {
  base::SeededRandom random = sids.random(Kind::kWorker, number);
  Worker worker;
  worker.sid = sids.text(Kind::kWorker, number);
  worker.name = worker_name(number, sids.random(Kind::kWorkspace, 0).below(4096));
  worker.attributes_head = make_attributes_head({});
  worker.level = static_cast<int>(random.between(1, 4));
  worker.shift = draw_shift(random, static_cast<std::size_t>(number), workers);
  worker.ip_address = random.chance(0.5) ? "198.51.100." : "203.0.113.";
  worker.ip_address += std::to_string(random.between(1, 254));
  return worker;
}

void join(ContactCentre& centre, std::size_t worker, std::size_t queue) {
  std::vector<WorkerId>& members = centre.queues[queue].members;
  const auto id = static_cast<WorkerId>(worker);
  if (std::find(members.begin(), members.end(), id) == members.end()) members.push_back(id);
}

// Each queue has at least two workers and each worker a queue; beyond that the large queues attract more.
void share_out_skills(ContactCentre& centre, base::SeededRandom& random) {
  const std::size_t workers = centre.workers.size();
  const std::size_t queues = centre.queues.size();
  for (std::size_t i = 0; i < std::max(workers, queues); ++i) join(centre, i % workers, i % queues);
  for (std::size_t i = 0; i < queues; ++i) join(centre, (i + 1) % workers, i);
  for (std::size_t i = 0; i < workers; ++i) {
    for (std::uint64_t more = random.below(3); more > 0; --more) join(centre, i, centre.skew.draw(random, queues));
  }
}

void write_attributes(ContactCentre& centre) {
  constexpr std::size_t kSkillsShown = 3;
  std::vector<std::vector<std::string_view>> skills(centre.workers.size());
  for (const Queue& queue : centre.queues) {
    for (const WorkerId member : queue.members) {
      if (auto& shown = skills[index_of(member)]; shown.size() < kSkillsShown) shown.push_back(queue.skill);
    }
  }
  for (std::size_t i = 0; i < skills.size(); ++i) centre.workers[i].attributes_head = make_attributes_head(skills[i]);
}

void add_fallbacks(ContactCentre& centre, base::SeededRandom& random) {
  for (Workflow& workflow : centre.workflows) {
    const std::size_t first = random.below(centre.queues.size());
    const std::size_t second = (first + 1 + random.below(centre.queues.size() - 1)) % centre.queues.size();
    workflow.fallbacks = {static_cast<QueueId>(first), static_cast<QueueId>(second)};
  }
}

void check_size(const CentreSize& size) {
  CHECK(size.workers >= 4 && size.workers <= 15'000);
  CHECK(size.queues >= 2 && size.queues <= 5'000);
  CHECK(size.workflows >= 1 && size.workflows <= 1'000);
  CHECK(size.channels >= 1 && size.channels <= kChannelsMax);
  CHECK(size.tasks_per_hour >= 1 && size.tasks_per_hour <= 1'000'000);
}

}  // namespace

ContactCentre::ContactCentre(const Settings& settings)
    : sids(settings.seed),
      account_sid(given_or(settings.account_sid, sids.text(Kind::kAccount, 0))),
      workspace_sid(given_or(settings.workspace_sid, sids.text(Kind::kWorkspace, 0))),
      workspace_name(given_or(settings.workspace_name, "Contact Centre")),
      operating_unit_sid(sids.text(Kind::kOperatingUnit, 0)),
      activities(make_activities(sids)),
      skew(std::max({settings.size.workers, settings.size.queues, settings.size.workflows, settings.size.channels})) {
  const CentreSize& size = settings.size;
  check_size(size);
  base::SeededRandom random(settings.seed ^ kCastStream);
  for (std::uint64_t i = 0; i < size.channels; ++i) channels.push_back(make_channel(sids, i));
  for (std::uint64_t i = 0; i < size.queues; ++i) {
    queues.push_back(make_queue(sids, i, numbered_word(queue_names(), i)));
  }
  for (std::uint64_t i = 0; i < size.workflows; ++i) {
    workflows.push_back({sids.text(Kind::kWorkflow, i), numbered_word(workflow_names(), i), {}});
  }
  for (std::uint64_t i = 0; i < size.workers; ++i) workers.push_back(make_worker(sids, i, size.workers));
  share_out_skills(*this, random);
  write_attributes(*this);
  add_fallbacks(*this, random);
}

Activity activity_numbered(const ContactCentre& centre, std::uint64_t number) {
  if (number < centre.activities.size()) return centre.activities[number];
  return {centre.sids.text(Kind::kActivity, number), numbered_word(errand_names(), number), false};
}

Channel channel_numbered(const ContactCentre& centre, std::uint64_t number) {
  if (number < centre.channels.size()) return centre.channels[number];
  const std::string name = numbered_word(errand_names(), number);
  return {centre.sids.text(Kind::kTaskChannel, number), name, skill_of(name), 1};
}

Queue queue_numbered(const ContactCentre& centre, std::uint64_t number) {
  if (number < centre.queues.size()) return centre.queues[number];
  return make_queue(centre.sids, number, numbered_word(errand_names(), number));
}

Workflow workflow_numbered(const ContactCentre& centre, std::uint64_t number) {
  if (number < centre.workflows.size()) return centre.workflows[number];
  return {centre.sids.text(Kind::kWorkflow, number), numbered_word(errand_names(), number), {}};
}

Worker worker_numbered(const ContactCentre& centre, std::uint64_t number) {
  if (number < centre.workers.size()) return centre.workers[number];
  return make_worker(centre.sids, number, centre.workers.size());
}

std::string attributes_of(const Worker& worker, int level) {
  std::string out = worker.attributes_head;
  out += std::to_string(level);
  out += "}\"";
  return out;
}

}  // namespace waybill::generator
