#include "transfer/file_sink.h"

#include <utility>

#include "base/files.h"
#include "base/time_text.h"
#include "transfer/json_members.h"

namespace waybill::transfer {
namespace {

using base::Result;

constexpr std::string_view kFormat = "waybill-export-state";
constexpr std::int64_t kVersion = 1;
constexpr std::size_t kNestingMax = 8;

std::filesystem::path part_of(const std::filesystem::path& path) { return path.string() + ".part"; }
std::filesystem::path state_of(const std::filesystem::path& path) { return path.string() + ".part.json"; }

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

}  // namespace

Result<std::unique_ptr<FileSink>> FileSink::open(base::FileSystem& files, const std::filesystem::path& path,
                                                 const ExportRequest& request, Begin begin,
                                                 std::uint64_t text_per_state) {
  if (begin == Begin::kResume) {
    auto state = read_state(state_of(path), request);
    if (state) {
      TRY_ASSIGN(auto out, base::continue_file(part_of(path), state->counts.bytes));
      return std::unique_ptr<FileSink>(new FileSink(files, path, request, std::move(out), *state, text_per_state));
    }
    if (state.error().code() != base::ErrorCode::kNotFound) {
      return state.error().while_doing("going on with " + part_of(path).string());
    }
  }
  TRY(files.remove(state_of(path)));
  TRY(files.remove(part_of(path)));
  TRY_ASSIGN(auto out, files.create(part_of(path)));
  return std::unique_ptr<FileSink>(new FileSink(files, path, request, std::move(out), State(), text_per_state));
}

std::unique_ptr<FileSink> FileSink::to_stream(base::FileSystem& files, std::unique_ptr<base::OutputFile> out,
                                              const ExportRequest& request) {
  return std::unique_ptr<FileSink>(new FileSink(files, {}, request, std::move(out), State(), kTextPerState));
}

FileSink::FileSink(base::FileSystem& files, std::filesystem::path path, ExportRequest request,
                   std::unique_ptr<base::OutputFile> out, const State& state, std::uint64_t text_per_state)
    : files_(files),
      path_(std::move(path)),
      request_(std::move(request)),
      text_per_state_(text_per_state),
      rows_(request_.form.columns),
      writer_(std::make_unique<EventFileWriter>(std::move(out), request_.form, rows_, state.counts)),
      begin_token_(state.token),
      has_state_(!state.token.empty()),
      text_at_state_(state.counts.text_bytes) {}

Result<std::optional<std::string>> FileSink::next_walk() {
  if (std::exchange(walked_, true)) return std::optional<std::string>();
  return std::optional(begin_token_);
}

Result<bool> FileSink::append(const EventPage& page) {
  next_token_.clear();
  for (std::size_t i = 0; i < page.events.size(); ++i) {
    auto done = writer_->append(page.line(i), page.events[i].time);
    failed_ = failed_ || !done;
    if (!done) return std::move(done).error();
  }
  next_token_ = page.next_token;
  if (!path_.empty() && !next_token_.empty() && writer_->counts().text_bytes - text_at_state_ >= text_per_state_) {
    TRY(write_state(next_token_));
  }
  return true;
}

Result<void> FileSink::finish() {
  auto flushed = writer_->flush();
  failed_ = failed_ || !flushed;
  if (!flushed || path_.empty()) return flushed;
  TRY(files_.rename(part_of(path_), path_));
  TRY(files_.sync_folder(folder_of(path_)));
  return files_.remove(state_of(path_));
}

void FileSink::give_up() {
  if (path_.empty()) return;
  // What was written last may go on from the last page, unless writing it is what failed; then from the last state.
  if (!failed_ && !next_token_.empty()) static_cast<void>(write_state(next_token_).has_value());
  if (has_state_) return;
  static_cast<void>(files_.remove(part_of(path_)).has_value());
}

Result<FileSink::State> FileSink::read_state(const std::filesystem::path& path, const ExportRequest& request) {
  TRY_ASSIGN(const std::string text, base::read_file(path));
  codec::JsonChecker checker;
  TRY_ASSIGN(const codec::CheckedJson json, checker.check(text, kNestingMax));
  if (!json.is_object() || get_text(json, "format").value_or("") != kFormat) {
    return base::invalid_argument(path.string() + " is no state of an export");
  }
  TRY_ASSIGN(const std::int64_t version, get_number(json, "version"));
  if (version != kVersion) {
    return base::conflict(path.string() + " has version " + std::to_string(version) + "; this release knows " +
                          std::to_string(kVersion));
  }
  TRY_ASSIGN(const ExportRequest before, read_request(json));
  TRY(check_same_request(before, request));
  State state;
  TRY_ASSIGN(state.counts.events, get_count(json, "events"));
  TRY_ASSIGN(state.counts.bytes, get_count(json, "bytes"));
  TRY_ASSIGN(state.counts.text_bytes, get_count(json, "text_bytes"));
  TRY_ASSIGN(const std::int64_t first, get_number(json, "first_ms"));
  TRY_ASSIGN(const std::int64_t last, get_number(json, "last_ms"));
  state.counts.first = base::from_ms(first);
  state.counts.last = base::from_ms(last);
  TRY_ASSIGN(state.token, get_text(json, "next_token"));
  if (state.token.empty()) return base::invalid_argument("next_token: is empty");
  return state;
}

Result<void> FileSink::write_state(const std::string& token) {
  auto flushed = writer_->flush();
  failed_ = failed_ || !flushed;
  if (!flushed) return flushed;
  const FileCounts& counts = writer_->counts();
  std::string text;
  codec::JsonWriter out(text);
  out.begin_object();
  out.member("format", kFormat);
  out.key("version").number(kVersion);
  write_request(out, request_);
  out.key("events").number(static_cast<std::int64_t>(counts.events));
  out.key("bytes").number(static_cast<std::int64_t>(counts.bytes));
  out.key("text_bytes").number(static_cast<std::int64_t>(counts.text_bytes));
  out.key("first_ms").number(base::to_ms(counts.first));
  out.key("last_ms").number(base::to_ms(counts.last));
  out.member("next_token", token);
  out.end_object();
  TRY(base::write_private_file(state_of(path_), text));
  has_state_ = true;
  text_at_state_ = counts.text_bytes;
  return {};
}

}  // namespace waybill::transfer
