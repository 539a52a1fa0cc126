#pragma once

#include <string>

#include "app/server.h"
#include "app/settings.h"

namespace waybill::cli {

// Who reads what a server prints when it has started.
enum class Reader {
  kPerson,   // at a terminal
  kMachine,  // a log, or a program that waits for the URL
};

// What is printed to standard output once the server is ready. A person gets the address, lines to paste that set the
// shell, and what to try first; anything else gets the URL on one line, and before it the credentials if this start
// made them, since nobody else knows them. An Auth Token that somebody chose is never shown.
std::string welcome_text(const app::Server& server, const app::Settings& settings, Reader reader);

}  // namespace waybill::cli
