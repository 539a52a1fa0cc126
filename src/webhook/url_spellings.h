#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace waybill::webhook {

// One spelling of a URL that a sender may have signed.
struct SignedUrl {
  std::string url;
  std::string variant;  // how it differs from the URL as it was given: "as given", "without the port", …
};

// The usual spellings, since senders are not of one mind about the standard port, and some encode the query once more:
// as given; without a port; with the scheme's standard port where there was none; each of these with the query encoded
// anew, as Node's `querystring` does. What is no http or https URL has one spelling.
std::vector<SignedUrl> signed_urls(std::string_view url);

// How far a search goes.
enum class Thoroughness {
  kUsual,  // what is likely comes early; parameters are put into all orders if there are few of them
  kAll,    // every combination, up to some million
};

// What a look at one spelling came to.
enum class Visit { kGoOn, kFits, kGiveUp };

struct SearchedUrl {
  std::string_view url;          // as it was given
  std::string_view credentials;  // user:password that came with the request; empty: none
};

// Goes through the spellings of a URL that the official validators take for the same, those that differ in the fewest
// ways first: the port; user and password in front of the host; the query as common encoders write it; each kind of
// character in it raw or escaped; blanks as '+' and %20; escapes in the other case; a '=' behind bare names; the
// parameters in another order. The usual spellings are among them. Gives the one that `visit` said fits; nothing if
// none did, or `visit` gave up.
std::optional<SignedUrl> search_spellings(const SearchedUrl& searched, Thoroughness thoroughness,
                                          const std::function<Visit(const std::string& url)>& visit);

}  // namespace waybill::webhook
