#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace waybill::http {

// What a client of a proxy begins its connection with, as far as it has come.
struct ConnectRequest {
  enum class State {
    kIncomplete,  // more bytes are needed
    kForTarget,   // CONNECT for the target: the tunnel may begin
    kRefused,     // it wants something else; answer with `why` and close
    kMalformed,   // it is no request, or is too long, or goes on without waiting for the answer
  };
  State state = State::kIncomplete;
  std::string method;  // unless it is malformed or incomplete
  std::string asked;   // the target that it names, printable
  std::string why;     // a sentence for the client, with kRefused and kMalformed
};

// Reads it. `target` is HOST:PORT, the only one that is reached; the host counts in any case. Nothing may follow the
// headers, since the client has to wait for the answer.
ConnectRequest read_connect(std::string_view bytes, std::string_view target, std::size_t bytes_max);

}  // namespace waybill::http
