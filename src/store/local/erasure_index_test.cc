#include "store/local/erasure_index.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"

namespace waybill::store {
namespace {

using model::Dimension;

class RandomErasures {
 public:
  explicit RandomErasures(std::uint64_t seed) : random_(seed) {}

  model::WorkspaceNumber workspace() { return model::WorkspaceNumber{static_cast<std::uint32_t>(random_.below(4))}; }
  base::WallTime time() { return base::from_ms(random_.between(0, 60)); }
  model::Term term() {
    const Dimension dimension = random_.chance(0.5) ? Dimension::kTask : Dimension::kWorker;
    return {dimension, std::string(16, static_cast<char>('a' + random_.below(3)))};
  }
  std::vector<RecordedErasure> erasures() {
    std::vector<RecordedErasure> out;
    for (std::uint64_t i = random_.below(12); i > 0; --i) {
      RecordedErasure erasure;
      erasure.note.request.workspace = workspace();
      if (random_.chance(0.7)) erasure.note.request.subject = term();
      erasure.note.request.from = random_.chance(0.2) ? base::kTimeMin : time();
      erasure.note.request.to = random_.chance(0.2) ? base::kTimeMax : erasure.note.request.from + ms(random_.below(9));
      out.push_back(erasure);
    }
    return out;
  }
  model::TermList terms() {
    std::vector<model::Term> out;
    for (std::uint64_t i = random_.below(4); i > 0; --i) out.push_back(term());
    return out;
  }

 private:
  static std::chrono::milliseconds ms(std::uint64_t count) {
    return std::chrono::milliseconds(static_cast<std::int64_t>(count));
  }

  base::SeededRandom random_;
};

TEST(ErasureIndex, names_what_a_comparison_with_each_erasure_names) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomErasures random(seed);
    const std::vector<RecordedErasure> erasures = random.erasures();
    const ErasureIndex index(erasures);
    for (int i = 0; i < 100; ++i) {
      const auto workspace = random.workspace();
      const auto time = random.time();
      const auto terms = random.terms();
      const bool is_named = std::any_of(erasures.begin(), erasures.end(), [&](const RecordedErasure& erasure) {
        const ErasureRequest& request = erasure.note.request;
        return request.workspace == workspace && request.from <= time && time <= request.to &&
               (!request.subject || terms.contains(*request.subject));
      });
      EXPECT_EQ(index.names(workspace, time, terms), is_named);
      const bool is_spanned = std::any_of(erasures.begin(), erasures.end(), [&](const RecordedErasure& erasure) {
        return erasure.note.request.from <= time && time <= erasure.note.request.to;
      });
      EXPECT_EQ(index.spans(time), is_spanned);
    }
  }
}

}  // namespace
}  // namespace waybill::store
