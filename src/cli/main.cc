#include "app/environment.h"
#include "base/clock.h"
#include "base/file_system.h"
#include "base/random.h"
#include "cli/command_line.h"
#include "obs/log.h"

int main(int argc, char** argv) {
  const waybill::base::SystemClock clock;
  waybill::base::SystemRandom random;
  const waybill::app::Environment environment = waybill::app::Environment::of_process();
  waybill::base::SystemFiles files;
  const waybill::obs::Log log(waybill::obs::LogForm::kText, waybill::obs::LogLevel::kError);
  return waybill::cli::run_command_line(argc, argv, {clock, random, files, environment, log});
}
