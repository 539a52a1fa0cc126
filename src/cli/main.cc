#include "app/environment.h"
#include "base/clock.h"
#include "base/random.h"
#include "cli/command_line.h"

int main(int argc, char** argv) {
  const waybill::base::SystemClock clock;
  waybill::base::SystemRandom random;
  const waybill::app::Environment environment = waybill::app::Environment::of_process();
  return waybill::cli::run_command_line(argc, argv, {clock, random, environment});
}
