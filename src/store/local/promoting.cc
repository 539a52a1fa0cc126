#include "store/local/promoting.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "store/local/erasure_table.h"
#include "store/local/log_table.h"
#include "store/local/sid_table.h"

namespace waybill::store {
namespace {

class OrphanSearch {
 public:
  explicit OrphanSearch(const OrphanParts& parts) : parts_(parts), seen_(0, EventIdHash(parts.facts.sid_key)) {}

  base::Result<std::vector<Orphan>> run() {
    TRY_ASSIGN(sqlite::Statement select,
               parts_.connection.prepare("SELECT number, workspace, sid, record FROM variants ORDER BY number"));
    std::vector<Orphan> out;
    for (bool is_first = true;; is_first = false) {
      TRY_ASSIGN(const bool more, select.step());
      if (!more) return out;
      // Where there are no variants, the log need not be read.
      if (is_first && parts_.has_log) TRY(note_log());
      TRY_ASSIGN(auto orphan, look_at(select));
      if (orphan) out.push_back(*std::move(orphan));
    }
  }

 private:
  base::Result<void> note_log() {
    const auto note = [&](std::vector<TailEvent>&& events) {
      for (const TailEvent& event : events) seen_.emplace(EventId{event.row.workspace, event.sid}, true);
    };
    return scan_log(parts_.connection, model::kNoPosition, note, LogStart::kAnywhere);
  }

  base::Result<std::optional<Orphan>> look_at(const sqlite::Statement& row) {
    const std::string_view sid_bytes = row.bytes(2);
    model::SidBytes bytes{};
    if (sid_bytes.size() != bytes.size()) return std::optional<Orphan>();
    std::copy(sid_bytes.begin(), sid_bytes.end(), bytes.begin());
    const EventId id{model::WorkspaceNumber{static_cast<std::uint32_t>(row.integer(1))}, model::EventSid(bytes)};
    if (seen_.contains(id)) return std::optional<Orphan>();
    TRY_ASSIGN(const auto found, parts_.archive.find(id.workspace, id.sid, base::kTimeMin, parts_.facts.sid_key));
    if (found.place) return std::optional<Orphan>();
    TRY_ASSIGN(const bool is_erased, is_erased_sid(parts_.connection, parts_.facts, id.workspace, id.sid));
    auto described = parts_.describe(row.bytes(3));
    if (is_erased || !described || described->sid != id.sid) return std::optional<Orphan>();
    if (parts_.rules.fate(id.workspace, described->time, described->terms, parts_.rules.mark(id.workspace)) !=
        Fate::kKept) {
      return std::optional<Orphan>();
    }
    seen_.emplace(id, true);
    const model::SortKey key{described->time, model::kNoPosition};
    return std::optional(Orphan{static_cast<std::uint64_t>(row.integer(0)),
                                {{key, id.workspace, std::move(described->terms)}, id.sid, std::string(row.bytes(3))}});
  }

  const OrphanParts& parts_;
  EventIdMap<bool> seen_;  // of the log, and found
};

}  // namespace

base::Result<std::vector<Orphan>> find_orphans(const OrphanParts& parts) { return OrphanSearch(parts).run(); }

base::Result<void> promote(sqlite::Connection& connection, std::vector<Orphan>& orphans, model::Position last) {
  TRY_ASSIGN(LogTable log, LogTable::make(connection));
  TRY_ASSIGN(sqlite::Statement remove, connection.prepare("DELETE FROM variants WHERE number = ?"));
  std::vector<TailEvent> events;
  for (Orphan& orphan : orphans) {
    last = model::Position{to_number(last) + 1};
    orphan.event.row.key.position = last;
    events.push_back(orphan.event);
    TRY(remove.run(static_cast<std::int64_t>(orphan.number)));
  }
  return log.append(events);
}

}  // namespace waybill::store
