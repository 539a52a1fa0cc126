#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "transfer/byte_source.h"
#include "transfer/json_shape.h"

namespace waybill::transfer {

// Reads the elements of JSON text one by one: those of an array, of `events` in a page `{"meta":…,"events":[…]}`,
// objects behind each other, and any of these behind each other, with or without commas between. Over however many
// lines it is written; one element is in memory at a time. Not for concurrent use.
class JsonElements {
 public:
  explicit JsonElements(std::unique_ptr<ByteSource> text) : text_(std::move(text)) {}

  // The next element, until the next call; nothing at the end. Line feeds in it have become blanks, unless it is
  // broken. kTooLarge for an element of more than kElementBytesMax bytes, kInvalidArgument where the text ends inside
  // an array, a page or an element, or as the source fails.
  base::Result<std::optional<std::string_view>> next();

  // Whether the element that next() gave last is no JSON by its brackets and strings. It is then the text from where it
  // begins to where the next one seems to begin.
  [[nodiscard]] bool is_broken() const { return is_broken_; }
  // The number of that element, from 1, and the line in which it begins.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  [[nodiscard]] std::uint64_t line_number() const { return element_line_; }
  [[nodiscard]] std::uint64_t text_bytes() const { return text_bytes_; }
  [[nodiscard]] std::uint64_t file_bytes() const { return text_->file_bytes(); }

  static constexpr std::size_t kElementBytesMax = 16UL * 1024 * 1024;

 private:
  enum class Inside { kArray, kPage, kEvents };

  base::Result<bool> fill();
  base::Result<bool> skip_to_element();
  void skip(std::size_t count);
  void open_array();
  base::Result<void> skip_rest_of_page();
  base::Result<bool> read_element();
  base::Result<bool> end_element();
  base::Result<bool> recover();
  [[nodiscard]] std::optional<std::size_t> find_next_start(std::size_t from) const;
  [[nodiscard]] std::optional<std::size_t> find_rough_end(std::size_t to);
  [[nodiscard]] base::Error cut_off(std::string_view inside) const;
  [[nodiscard]] base::Error too_long() const;
  void deliver(std::size_t end, bool broken);

  const std::unique_ptr<ByteSource> text_;
  std::string buffer_;
  std::size_t at_ = 0;       // the element, or what is looked at next, begins here
  std::size_t scanned_ = 0;  // how far the element has been followed
  bool line_begins_ = true;  // nothing but blanks, brackets and commas stands before at_ in its line
  std::size_t indent_ = 0;   // so many blanks
  char previous_ = '\n';
  struct Rough {
    std::size_t looked_at = 0;  // bytes of the element
    std::size_t depth = 0;
    bool in_string = false;
    bool escaped = false;
  };
  Rough rough_;  // of the element, if it is broken
  std::vector<Inside> inside_;
  JsonShape shape_;  // of the element
  JsonShape page_;   // of the page around it

  std::string element_;
  bool is_broken_ = false;
  std::uint64_t number_ = 0;
  std::uint64_t line_ = 1;
  std::uint64_t element_line_ = 0;
  std::uint64_t text_bytes_ = 0;
};

}  // namespace waybill::transfer
