// SPDX-License-Identifier: Apache-2.0
// acr-webhook: answers admission reviews of ServiceAccounts from memory.
#include <boost/asio/io_context.hpp>
#include <cstdlib>

#include "common/base/log.hpp"
#include "common/base/process.hpp"
#include "webhook/options.hpp"
#include "webhook/program.hpp"

int main(int argc, char** argv) {
  acr::forbid_dumps();
  const auto parsed = acr::webhook::parse_options(argc, argv);
  if (parsed.exit_code) return *parsed.exit_code;
  acr::log::configure(parsed.options.common.log_level, parsed.options.common.log_format);

  boost::asio::io_context io(1);
  acr::webhook::Program program(io.get_executor(), parsed.options);
  if (const auto listening = program.listen(); !listening) {
    acr::log::error("the webhook cannot start", {acr::log::kv("error", listening.error().message)});
    return acr::kExitFailure;
  }
  acr::async::TaskGroup tasks(io.get_executor());
  tasks.spawn("webhook", program.run());
  try {
    io.run();
  } catch (const std::exception&) {  // logged where it came from; destructors would wait for tasks that cannot go on
    std::_Exit(acr::kExitFailure);
  }
  return acr::kExitOk;
}
