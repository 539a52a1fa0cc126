#include "store/upkeep_words.h"

#include "base/age_text.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace waybill::store {
namespace {

constexpr std::string_view kDefault = "default";

base::Error bad_word(std::string_view name, std::string_view value, std::string_view rule) {
  return base::invalid_argument(std::string(name) + ": " + base::quoted_for_message(value) + " " + std::string(rule));
}

base::Result<std::optional<model::Term>> parse_subject(const ErasureWords& words) {
  if (!words.task_sid.empty() && !words.worker_sid.empty()) {
    return base::invalid_argument("TaskSid and WorkerSid: only one of them may be given");
  }
  const bool is_task = !words.task_sid.empty();
  const std::string& text = is_task ? words.task_sid : words.worker_sid;
  if (text.empty()) return std::optional<model::Term>();
  auto term = model::parse_term(is_task ? model::Dimension::kTask : model::Dimension::kWorker, text);
  if (!term) return bad_word(is_task ? "TaskSid" : "WorkerSid", text, term.error().message());
  return std::optional(*std::move(term));
}

base::Result<base::TimeSpan> parse_end(std::string_view name, const std::string& text) {
  auto span = base::parse_time(text);
  if (!span) return bad_word(name, text, "is not an ISO 8601 date-time: " + span.error().message());
  return span;
}

}  // namespace

base::Result<ErasureRequest> parse_erasure(model::WorkspaceNumber workspace, const ErasureWords& words,
                                           base::WallTime now) {
  ErasureRequest request;
  request.workspace = workspace;
  TRY_ASSIGN(request.subject, parse_subject(words));
  if (!request.subject && (words.from.empty() || words.to.empty())) {
    return base::invalid_argument(
        "From and To: are both needed where neither TaskSid nor WorkerSid says whose events are meant");
  }
  request.to = now;
  if (!words.from.empty()) {
    TRY_ASSIGN(const base::TimeSpan span, parse_end("From", words.from));
    request.from = span.first;
  }
  if (!words.to.empty()) {
    TRY_ASSIGN(const base::TimeSpan span, parse_end("To", words.to));
    request.to = span.last;
  }
  if (request.to < request.from) return base::invalid_argument("From and To: the span ends before it begins");
  return request;
}

base::Result<std::optional<Retention>> parse_own_retention(std::string_view text) {
  if (text == kDefault) return std::optional<Retention>();
  auto age = base::parse_age(text, 1);
  if (!age) {
    const bool is_rule = age.error().message().starts_with("must");
    return bad_word("Retain", text, age.error().message() + (is_rule ? ", or default" : ""));
  }
  return std::optional<Retention>(*age);
}

std::string to_text(const std::optional<Retention>& retention) {
  return retention ? base::to_age_text(*retention) : std::string(kDefault);
}

}  // namespace waybill::store
