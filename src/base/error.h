#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace waybill::base {

// Why something expected did not happen. A closed set: a code exists only because somebody acts on it
// (api/error_response.cc gives each its HTTP status, without a `default`).
enum class ErrorCode {
  kInvalidArgument,  // what was given breaks a rule; the message names the input and the rule
  kNotFound,         // the thing asked for does not exist
  kConflict,         // it exists already, or somebody else holds it
  kTooLarge,         // over a named limit
  kBusy,             // something bounded is used up for the moment: a queue, descriptors, memory; try again later
  kUnavailable,      // this cannot be done until what the message names is mended
  kUntrusted,        // a server's certificate was refused: it runs, and asking it again would not help
  kStorageFull,      // the disk has no room; works again when it has
  kCorruption,       // stored bytes cannot be read, or do not say what they must
  kIo,               // the operating system refused; of a write, a sync or a commit, what the disk holds is unknown
};

// A failure: what kind, and a sentence for a person. Value type.
class Error {
 public:
  Error(ErrorCode code, std::string message) : code_(code), message_(std::move(message)) {}

  [[nodiscard]] ErrorCode code() const { return code_; }
  [[nodiscard]] const std::string& message() const { return message_; }

  // The same failure with what was being done put in front: "reading EV…: no such file".
  [[nodiscard]] Error while_doing(std::string_view what) const& { return {code_, std::string(what) + ": " + message_}; }

  friend bool operator==(const Error&, const Error&) = default;

 private:
  ErrorCode code_;
  std::string message_;
};

inline Error invalid_argument(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message)}; }
inline Error not_found(std::string message) { return {ErrorCode::kNotFound, std::move(message)}; }
inline Error conflict(std::string message) { return {ErrorCode::kConflict, std::move(message)}; }
inline Error too_large(std::string message) { return {ErrorCode::kTooLarge, std::move(message)}; }
inline Error busy(std::string message) { return {ErrorCode::kBusy, std::move(message)}; }
inline Error unavailable(std::string message) { return {ErrorCode::kUnavailable, std::move(message)}; }
inline Error untrusted(std::string message) { return {ErrorCode::kUntrusted, std::move(message)}; }
inline Error storage_full(std::string message) { return {ErrorCode::kStorageFull, std::move(message)}; }
inline Error corruption(std::string message) { return {ErrorCode::kCorruption, std::move(message)}; }
inline Error io_error(std::string message) { return {ErrorCode::kIo, std::move(message)}; }

}  // namespace waybill::base
