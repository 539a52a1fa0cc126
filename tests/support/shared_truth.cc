#include "support/shared_truth.h"

#include <algorithm>
#include <string_view>

#include "base/strings.h"
#include "support/stores.h"

namespace waybill::testing {
namespace {

using base::MutexLock;
using store::UnitOutcome;

constexpr std::string_view kMark = "wb[";

std::string text(std::uint64_t number) { return std::to_string(number); }

std::string text(const UnitOutcome& outcome) {
  return text(outcome.accepted) + "/" + text(outcome.duplicates) + "/" + text(outcome.variants) + "/" +
         text(outcome.dropped);
}

// The number behind a mark; nothing if none is whole.
std::optional<std::size_t> number_at(std::string_view bytes) {
  constexpr std::size_t kDigitsMax = 12;
  const std::size_t digits = bytes.substr(0, kDigitsMax).find(']');
  if (digits == std::string_view::npos) return std::nullopt;
  const auto number = base::parse_int(bytes.substr(0, digits));
  return number && *number >= 0 ? std::optional(static_cast<std::size_t>(*number)) : std::nullopt;
}

}  // namespace

std::string SharedTruth::describe(const Entry& entry) const {
  constexpr const char* kStates[] = {"unsent", "under way", "taken", "a variant", "dropped", "in doubt", "refused"};
  const Workspace& workspace = workspaces_[entry.sid->workspace];
  const auto hiding = [&](const Entry& one) {
    if (one.state != State::kTaken) return std::string();
    const auto hidden = first_hiding(workspace, one, one.taken_at, workspace.changes.size());
    if (!hidden) return ", behind " + text(one.taken_at) + " changes, and there";
    const Change& change = workspace.changes[*hidden];
    return ", behind " + text(one.taken_at) + " changes, and " +
           (change.erasure ? "erased by number " + text(change.number) : "expired with change " + text(*hidden));
  };
  std::string out = "event " + text(entry.number) + " of workspace " + text(entry.sid->workspace) + " (" +
                    kStates[static_cast<int>(entry.state)] + hiding(entry) + "; sent " + text(entry.sent) +
                    (entry.was_variant ? "; was a variant" : "");
  const Entry* const copy = entry.sid->copy;
  if (copy != nullptr && copy != &entry) out += "; its sid's copy is event " + text(copy->number) + hiding(*copy);
  return out + ")";
}

// ---- what writers send

SharedTruth::Sid* SharedTruth::new_sid(std::uint8_t workspace) {
  const MutexLock lock(mutex_);
  Sid& sid = sids_.emplace_back();
  sid.number = sids_.size() - 1;
  sid.sid = make_event("sid " + text(sid.number), 0, {}).sid;
  sid.workspace = workspace;
  return &sid;
}

const SharedTruth::Entry* SharedTruth::new_entry(Sid* sid, base::WallTime time, model::TermList terms,
                                                 std::size_t record_bytes) {
  const MutexLock lock(mutex_);
  Entry& entry = entries_.emplace_back();
  entry.number = entries_.size() - 1;
  entry.sid = sid;
  entry.time = time;
  entry.terms = std::move(terms);
  entry.record = std::string(kMark) + text(entry.number) + "]";
  if (entry.record.size() < record_bytes) entry.record.resize(record_bytes, static_cast<char>('a' + entry.number % 26));
  workspaces_[sid->workspace].entries.push_back(&entry);
  sid->last = &entry;
  return &entry;
}

Tick SharedTruth::begin_unit(std::uint8_t /*workspace*/, std::span<const Entry* const> entries) {
  const MutexLock lock(mutex_);
  const Tick begun = tick();
  for (const Entry* const sent : entries) {
    Entry& entry = mutable_entry(sent);
    if (entry.state == State::kTaken) continue;
    entry.state = State::kPending;
    entry.sent = begun;
  }
  return begun;
}

SharedTruth::Complaint SharedTruth::end_unit(std::uint8_t workspace, std::span<const Entry* const> entries, Tick begun,
                                             const UnitOutcome& outcome) {
  const MutexLock lock(mutex_);
  Workspace& of = workspaces_[workspace];
  const std::size_t from = ended_before(of, begun);
  std::vector<Course> possible;
  std::string wanted;
  for (std::size_t behind = from; behind <= of.changes.size(); ++behind) {
    Course course = follow(of, entries, behind);
    if (course.outcome == outcome) {
      possible.push_back(std::move(course));
    } else {
      wanted += " " + text(course.outcome);
    }
  }
  if (possible.empty()) {
    return "a unit of " + text(entries.size()) + " events in workspace " + text(workspace) + " came to " +
           text(outcome) + " (accepted/duplicates/variants/dropped), and should have to one of" + wanted;
  }
  take_over(of, entries, possible);
  count(outcome);
  if (of.changes.size() > from) ++figures_.between_changes;
  return std::nullopt;
}

void SharedTruth::take_over(Workspace& /*workspace*/, std::span<const Entry* const> entries,
                            std::span<const Course> possible) {
  const Course& course = possible.front();
  const Tick acked = tick();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Entry& entry = mutable_entry(entries[i]);
    const bool is_certain = std::all_of(possible.begin(), possible.end(), [&](const Course& other) {
      return other.decisions[i] == course.decisions[i] && other.hidden_by[i] == course.hidden_by[i];
    });
    if (!is_certain && !entry.sid->is_in_doubt) ++figures_.in_doubt;
    if (!is_certain) entry.sid->is_in_doubt = true;
    if (entry.state != State::kPending) continue;
    if (!is_certain) {
      entry.state = State::kInDoubt;
    } else if (course.decisions[i] == Decision::kTaken) {
      entry.state = State::kTaken;
      entry.acked = acked;
      entry.taken_at = course.behind;
      entry.sid->copy = &entry;
      ++entry.sid->copies;
    } else if (course.decisions[i] == Decision::kVariant) {
      entry.state = State::kVariant;
      entry.was_variant = true;
    } else {
      entry.state = State::kDropped;
    }
  }
}

void SharedTruth::count(const UnitOutcome& outcome) {
  figures_.sent += std::uint64_t{outcome.accepted} + outcome.duplicates + outcome.variants + outcome.dropped;
  figures_.taken += outcome.accepted;
  figures_.duplicates += outcome.duplicates;
  figures_.variants += outcome.variants;
  figures_.dropped += outcome.dropped;
}

void SharedTruth::refuse_unit(std::span<const Entry* const> entries) {
  const MutexLock lock(mutex_);
  figures_.refused += entries.size();
  for (const Entry* const sent : entries) {
    Entry& entry = mutable_entry(sent);
    if (entry.state == State::kPending) entry.state = State::kRefused;
  }
}

// ---- the order of units and changes

std::size_t SharedTruth::ended_before(const Workspace& workspace, Tick tick) {
  std::size_t count = workspace.changes.size();
  while (count > 0 && workspace.changes[count - 1].ended >= tick) --count;
  return count;
}

std::size_t SharedTruth::begun_before(const Workspace& workspace, Tick tick) {
  std::size_t count = workspace.changes.size();
  while (count > 0 && workspace.changes[count - 1].begun >= tick) --count;
  return count;
}

base::WallTime SharedTruth::oldest_behind(const Workspace& workspace, std::size_t changes) {
  return changes == 0 ? base::kTimeMin : workspace.changes[changes - 1].oldest;
}

bool SharedTruth::names(const store::ErasureRequest& request, const Entry& entry) {
  return request.from <= entry.time && entry.time <= request.to &&
         (!request.subject || entry.terms.contains(*request.subject));
}

// The first erasure among changes [from, to) that names an event.
std::optional<std::size_t> SharedTruth::first_erasure(const Workspace& workspace, const Entry& entry, std::size_t from,
                                                      std::size_t to) {
  std::optional<std::size_t> first;
  const auto look = [&](const std::vector<std::size_t>& among) {
    for (auto at = std::lower_bound(among.begin(), among.end(), from); at != among.end() && *at < to; ++at) {
      if (first && *at >= *first) return;
      if (!names(*workspace.changes[*at].erasure, entry)) continue;
      first = *at;
      return;
    }
  };
  look(workspace.of_all);
  for (const model::TermView term : entry.terms) {
    const auto among = workspace.by_subject.find({term.dimension, std::string(term.value)});
    if (among != workspace.by_subject.end()) look(among->second);
  }
  return first;
}

// The first of changes [from, to) that hides an event which was to be seen before them.
std::optional<std::size_t> SharedTruth::first_hiding(const Workspace& workspace, const Entry& entry, std::size_t from,
                                                     std::size_t to) {
  const auto erased = first_erasure(workspace, entry, from, to);
  const auto begin = workspace.changes.begin();
  const auto end = begin + static_cast<std::ptrdiff_t>(erased.value_or(to));
  const auto expired = std::upper_bound(begin + static_cast<std::ptrdiff_t>(from), end, entry.time,
                                        [](base::WallTime time, const Change& change) { return time < change.oldest; });
  return expired == end ? erased : std::optional(static_cast<std::size_t>(expired - begin));
}

bool SharedTruth::is_refused(const Workspace& workspace, const Entry& entry, std::size_t changes) {
  return entry.time < oldest_behind(workspace, changes) || first_erasure(workspace, entry, 0, changes).has_value();
}

SharedTruth::Course SharedTruth::follow(const Workspace& workspace, std::span<const Entry* const> entries,
                                        std::size_t behind) {
  Course course;
  course.behind = behind;
  std::map<const Sid*, const Entry*> fresh;
  for (const Entry* const entry : entries) {
    Decision decision = Decision::kTaken;
    const auto compare = [&](const Entry* copy) { return copy == entry ? Decision::kDuplicate : Decision::kVariant; };
    const Entry* const copy = entry->sid->copy;
    const auto is_fresh = fresh.find(entry->sid);
    if (is_refused(workspace, *entry, behind)) {
      decision = Decision::kDropped;
    } else if (is_fresh != fresh.end()) {
      decision = compare(is_fresh->second);
    } else if (copy != nullptr) {
      const auto hidden = first_hiding(workspace, *copy, copy->taken_at, behind);
      if (!hidden) decision = compare(copy);
      if (hidden && workspace.changes[*hidden].erasure) decision = Decision::kDropped;
    }
    std::optional<std::size_t> hidden_by;
    if (decision == Decision::kTaken) {
      fresh[entry->sid] = entry;
      hidden_by = first_hiding(workspace, *entry, behind, workspace.changes.size());
    }
    course.outcome.accepted += decision == Decision::kTaken ? 1 : 0;
    course.outcome.duplicates += decision == Decision::kDuplicate ? 1 : 0;
    course.outcome.variants += decision == Decision::kVariant ? 1 : 0;
    course.outcome.dropped += decision == Decision::kDropped ? 1 : 0;
    course.decisions.push_back(decision);
    course.hidden_by.push_back(hidden_by);
  }
  return course;
}

// ---- what takes events away

void SharedTruth::begin_change(std::uint8_t workspace, Change change) {
  Workspace& of = workspaces_[workspace];
  change.begun = tick();
  change.oldest = std::max(change.oldest, oldest_behind(of, of.changes.size()));
  if (change.erasure && change.erasure->subject) {
    const model::Term& subject = *change.erasure->subject;
    of.by_subject[{subject.dimension, subject.value}].push_back(of.changes.size());
  } else if (change.erasure) {
    of.of_all.push_back(of.changes.size());
  }
  of.changes.push_back(std::move(change));
  ++figures_.changes;
}

void SharedTruth::begin_erasure(std::uint8_t workspace, const store::ErasureRequest& request) {
  const MutexLock lock(mutex_);
  Change change;
  change.erasure = request;
  change.oldest = base::kTimeMin;
  begin_change(workspace, std::move(change));
}

void SharedTruth::begin_expiry(std::uint8_t workspace, base::WallTime oldest) {
  const MutexLock lock(mutex_);
  Change change;
  change.oldest = oldest;
  begin_change(workspace, std::move(change));
}

void SharedTruth::end_change(std::uint8_t workspace) {
  const MutexLock lock(mutex_);
  workspaces_[workspace].changes.back().ended = tick();
}

void SharedTruth::end_erasure(std::uint8_t workspace, const store::Erasure& erasure) {
  const MutexLock lock(mutex_);
  Change& change = workspaces_[workspace].changes.back();
  change.number = erasure.number;
  change.events = erasure.events;
  change.ended = tick();
}

base::WallTime SharedTruth::oldest(std::uint8_t workspace) const {
  const MutexLock lock(mutex_);
  return oldest_behind(workspaces_[workspace], workspaces_[workspace].changes.size());
}

// ---- what readers see

SharedTruth::Entry* SharedTruth::entry_of(std::string_view record) {
  if (!record.starts_with(kMark)) return nullptr;
  const auto number = number_at(record.substr(kMark.size()));
  if (!number || *number >= entries_.size()) return nullptr;
  Entry& entry = entries_[*number];
  return entry.record == record ? &entry : nullptr;
}

// Why an event may not be shown by a look that began when so many changes had ended, and that shows nothing which came
// at `cut` or later.
SharedTruth::Complaint SharedTruth::wrongly_shown(const Workspace& workspace, const Entry& entry, std::size_t ended,
                                                  Tick cut) {
  const std::string event = "event " + text(entry.number) + " of workspace " + text(entry.sid->workspace);
  switch (entry.state) {
    case State::kUnsent: return event + " is shown, which nobody has sent";
    case State::kVariant: return event + " is shown, which is a variant";
    case State::kDropped: return event + " is shown, which was dropped";
    case State::kRefused: return event + " is shown, which was refused";
    case State::kPending:
    case State::kTaken:
    case State::kInDoubt: break;
  }
  if (entry.sent >= cut) return event + " is shown, which came after the first page";
  if (!is_refused(workspace, entry, ended)) return std::nullopt;
  const bool is_expired = entry.time < oldest_behind(workspace, ended);
  return event + " is shown, which had " + (is_expired ? "expired" : "been erased") + " before";
}

// Whether an event was there when a look began, and no change took it away that had begun when it ended.
bool SharedTruth::must_be_shown(const Workspace& workspace, const Entry& entry, Tick begun, std::size_t changes) {
  return entry.state == State::kTaken && entry.acked < begun &&
         !first_hiding(workspace, entry, entry.taken_at, std::max(entry.taken_at, changes));
}

SharedTruth::Complaint SharedTruth::check_shown(const Walk& walk, std::vector<bool>& seen) {
  const Workspace& workspace = workspaces_[walk.workspace];
  const std::size_t ended = ended_before(workspace, walk.begun);
  std::optional<model::SortKey> last;
  for (const model::FoundEvent& found : walk.shown) {
    Entry* const entry = entry_of(found.record);
    if (entry == nullptr || entry->sid->workspace != walk.workspace) return "a record is shown that nobody has sent";
    const std::string event = "event " + text(entry->number) + " of workspace " + text(walk.workspace);
    if (seen[entry->number]) return event + " is shown twice";
    seen[entry->number] = true;
    if (auto wrong = wrongly_shown(workspace, *entry, ended, walk.cut)) return wrong;
    if (found.key.time != entry->time) return event + " is shown with another time";
    const bool is_newer = walk.direction == model::Direction::kOldestFirst;
    if (last && !(is_newer ? *last < found.key : found.key < *last)) return event + " is out of order";
    last = found.key;
    if (entry->position == model::kNoPosition) entry->position = found.key.position;
    if (entry->position != found.key.position) return event + " has another position than before";
    for (const model::Term& term : walk.terms) {
      if (!entry->terms.contains(term)) return event + " is shown without a term that was asked for";
    }
  }
  return std::nullopt;
}

SharedTruth::Complaint SharedTruth::check_walk(const Walk& walk) {
  const MutexLock lock(mutex_);
  std::vector<bool> seen(entries_.size());
  if (auto wrong = check_shown(walk, seen)) return wrong;
  const Workspace& workspace = workspaces_[walk.workspace];
  const std::size_t begun = begun_before(workspace, walk.ended);
  for (const Entry* const entry : workspace.entries) {
    if (seen[entry->number] || !must_be_shown(workspace, *entry, walk.begun, begun)) continue;
    const bool is_asked_for = std::all_of(walk.terms.begin(), walk.terms.end(),
                                          [&](const model::Term& term) { return entry->terms.contains(term); });
    if (is_asked_for) {
      return "event " + text(entry->number) + " of workspace " + text(walk.workspace) + " is missing among " +
             text(walk.shown.size());
    }
  }
  ++figures_.walks;
  figures_.shown += walk.shown.size();
  return std::nullopt;
}

const SharedTruth::Entry* SharedTruth::any_entry(base::SeededRandom& random) const {
  const MutexLock lock(mutex_);
  if (entries_.empty()) return nullptr;
  // Mostly a new one.
  const std::size_t newest = random.chance(0.7) ? std::min<std::size_t>(entries_.size(), 2'000) : entries_.size();
  return &entries_[entries_.size() - 1 - random.below(newest)];
}

SharedTruth::Complaint SharedTruth::check_found(const Entry& entry, Tick begun, Tick ended,
                                                const std::optional<model::FoundEvent>& found) {
  const MutexLock lock(mutex_);
  const Workspace& workspace = workspaces_[entry.sid->workspace];
  if (!found) {
    const Entry* const copy = entry.sid->copy;
    if (copy == nullptr || !must_be_shown(workspace, *copy, begun, begun_before(workspace, ended))) return std::nullopt;
    return "event " + text(copy->number) + " is not found by its sid";
  }
  const Entry* const got = entry_of(found->record);
  if (got == nullptr || got->sid != entry.sid) return "a sid gives a record that is not its own";
  return wrongly_shown(workspace, *got, ended_before(workspace, begun), ended);
}

// ---- when nothing is under way

// Positions rise in the order of commits.
SharedTruth::Complaint SharedTruth::check_positions() const {
  const MutexLock lock(mutex_);
  std::vector<const Entry*> shown;
  for (const Entry& entry : entries_) {
    if (entry.state == State::kTaken && entry.position != model::kNoPosition) shown.push_back(&entry);
  }
  std::sort(shown.begin(), shown.end(), [](const Entry* a, const Entry* b) { return a->position < b->position; });
  Tick sent = 0;
  for (const Entry* const entry : shown) {
    if (entry->acked < sent) {
      return "event " + text(entry->number) + " stands behind one that was sent after it was there";
    }
    sent = std::max(sent, entry->sent);
  }
  return std::nullopt;
}

SharedTruth::Complaint SharedTruth::check_erasures(std::span<const store::Erasure> erasures) const {
  const MutexLock lock(mutex_);
  std::map<std::uint64_t, const store::Erasure*> by_number;
  for (const store::Erasure& erasure : erasures) by_number[erasure.number] = &erasure;
  for (const Workspace& workspace : workspaces_) {
    std::vector<std::uint64_t> taken(workspace.changes.size());
    std::uint64_t in_doubt = 0;
    for (const Entry* const entry : workspace.entries) {
      if (entry->state == State::kInDoubt) ++in_doubt;
      if (entry->state != State::kTaken) continue;
      const auto hidden = first_hiding(workspace, *entry, entry->taken_at, workspace.changes.size());
      if (hidden) ++taken[*hidden];
    }
    for (std::size_t i = 0; i < workspace.changes.size(); ++i) {
      const Change& change = workspace.changes[i];
      if (!change.erasure) continue;
      const auto listed = by_number.find(change.number);
      const std::string name = "erasure " + text(change.number);
      if (listed == by_number.end()) return name + " is not listed";
      if (!listed->second->completed) return name + " is not completed";
      if (listed->second->events != change.events) return name + " has changed its number of events";
      if (change.events < taken[i] || change.events > taken[i] + in_doubt) {
        return name + " says that it took " + text(change.events) + " events and took " + text(taken[i]);
      }
    }
  }
  return std::nullopt;
}

bool SharedTruth::is_erased(const Sid& sid) const {
  if (sid.copy == nullptr) return false;
  const Workspace& workspace = workspaces_[sid.workspace];
  const auto hidden = first_hiding(workspace, *sid.copy, sid.copy->taken_at, workspace.changes.size());
  return hidden && workspace.changes[*hidden].erasure;
}

SharedTruth::Complaint SharedTruth::check_variants(std::span<const store::Variant> variants) const {
  const MutexLock lock(mutex_);
  std::vector<bool> seen(entries_.size());
  for (const store::Variant& variant : variants) {
    const auto number =
        number_at(std::string_view(variant.record).substr(std::min(kMark.size(), variant.record.size())));
    if (!number || *number >= entries_.size()) return "there is a variant that nobody has sent";
    const Entry& entry = entries_[*number];
    if (entry.record != variant.record) return "the variant " + text(*number) + " has another record";
    if (!entry.was_variant && !entry.sid->is_in_doubt) return "the variant " + text(*number) + " is none";
    if (!entry.sid->is_in_doubt && is_erased(*entry.sid)) return "the variant " + text(*number) + " was erased";
    seen[*number] = true;
  }
  for (const Entry& entry : entries_) {
    const Sid& sid = *entry.sid;
    if (!entry.was_variant || seen[entry.number] || sid.is_in_doubt || sid.copies != 1) continue;
    const Workspace& workspace = workspaces_[sid.workspace];
    if (must_be_shown(workspace, *sid.copy, kNever, workspace.changes.size())) {
      return "the variant " + text(entry.number) + " is missing";
    }
  }
  return std::nullopt;
}

// What has expired counts until its bytes are gone.
SharedTruth::Complaint SharedTruth::check_summary(std::uint8_t number, const store::WorkspaceSummary& summary) const {
  const MutexLock lock(mutex_);
  const Workspace& workspace = workspaces_[number];
  std::uint64_t visible = 0;
  std::uint64_t others = 0;
  for (const Entry* const entry : workspace.entries) {
    if (entry->state == State::kInDoubt) ++others;
    if (entry->state != State::kTaken) continue;
    const auto hidden = first_hiding(workspace, *entry, entry->taken_at, workspace.changes.size());
    if (!hidden) ++visible;
    if (hidden && !workspace.changes[*hidden].erasure) ++others;
  }
  if (visible <= summary.events && summary.events <= visible + others) return std::nullopt;
  return "workspace " + text(number) + " counts " + text(summary.events) + " events; " + text(visible) +
         " are to be seen, and " + text(others) + " may be there";
}

bool SharedTruth::may_be_in_files(const Entry& entry) const {
  if (entry.sid->is_in_doubt || entry.state == State::kRefused) return true;
  if (entry.was_variant) return !is_erased(*entry.sid);
  if (entry.state != State::kTaken) return false;
  const Workspace& workspace = workspaces_[entry.sid->workspace];
  const auto hidden = first_hiding(workspace, entry, entry.taken_at, workspace.changes.size());
  return !hidden || !workspace.changes[*hidden].erasure;
}

SharedTruth::Complaint SharedTruth::check_file(std::string_view bytes) const {
  const MutexLock lock(mutex_);
  for (std::size_t at = bytes.find(kMark); at != std::string_view::npos; at = bytes.find(kMark, at + 1)) {
    const auto number = number_at(bytes.substr(at + kMark.size()));
    if (!number || *number >= entries_.size()) continue;
    if (!may_be_in_files(entries_[*number])) {
      return "has the record of " + describe(entries_[*number]) + ", which was erased or not taken";
    }
  }
  return std::nullopt;
}

SharedTruth::Figures SharedTruth::figures() const {
  const MutexLock lock(mutex_);
  return figures_;
}

}  // namespace waybill::testing
