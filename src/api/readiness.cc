#include "api/readiness.h"

#include <utility>

#include "api/context.h"
#include "api/error_response.h"
#include "codec/json_writer.h"

namespace waybill::api {
namespace {

// Without the folder and the details, which are not for everybody.
std::string to_text(const store::DamagedFile& file) {
  const std::string pages = std::to_string(file.pages) + (file.pages == 1 ? " page" : " pages");
  return file.name + " is damaged (" + pages + " found): " +
         (file.kind == store::DamagedFile::Kind::kSegment ? "lists that need them fail"
                                                          : "the segments are asked instead until it is made anew");
}

}  // namespace

void Readiness::begin_to_start(std::string what) {
  const base::MutexLock lock(mutex_);
  starting_ = std::move(what);
  is_starting_ = true;
}

void Readiness::end_of_start() { is_starting_ = false; }

void Readiness::note(const std::string& subject, const std::string& trouble) {
  const base::MutexLock lock(mutex_);
  if (trouble.empty()) {
    notes_.erase(subject);
  } else {
    notes_[subject] = trouble;
  }
}

std::optional<std::string> Readiness::starting() const {
  if (!is_starting_) return std::nullopt;
  const base::MutexLock lock(mutex_);
  return starting_;
}

http::Response Readiness::answer(const std::optional<std::string>& log_stopped,
                                 const std::vector<store::DamagedFile>& damage) const {
  const auto doing = starting();
  const bool is_ready = !log_stopped && !is_stopping_ && !doing;
  std::string body;
  codec::JsonWriter out(body);
  out.begin_object();
  out.member("status", !is_ready ? "not ready" : damage.empty() ? "ready" : "degraded");
  out.key("reasons").begin_array();
  if (doing) out.text(*doing);
  if (log_stopped)
    out.text("new events are refused since a write to the disk failed: " + without_folders(*log_stopped));
  if (is_stopping_) out.text("the server is stopping");
  for (const store::DamagedFile& file : damage) out.text(to_text(file));
  out.end_array();
  {
    const base::MutexLock lock(mutex_);
    if (!notes_.empty()) {
      out.key("notes").begin_array();
      for (const auto& [subject, trouble] : notes_) out.text(subject + ": " + without_folders(trouble));
      out.end_array();
    }
  }
  out.end_object();
  return json_response(is_ready ? 200 : 503, std::move(body));
}

}  // namespace waybill::api
