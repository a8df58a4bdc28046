// SPDX-License-Identifier: Apache-2.0
// One of our programs as a child process of a test: its signals, its exit code, what it printed.
#pragma once

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "common/async/sleep.hpp"
#include "tests/fakes/run.hpp"

extern char** environ;

namespace acr::fakes {

/// Killed at the end of the test if it still runs then.
class ChildProcess {
 public:
  ChildProcess(std::string program, std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), program);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, fileno(errors_), STDERR_FILENO);
    REQUIRE(posix_spawn(&pid_, program.c_str(), &files, nullptr, argv.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&files);
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess() {
    std::fclose(errors_);
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  void signal(int number) const { kill(pid_, number); }
  /// The exit code once it has ended; -1 if it does not end in 10 s or ends by a signal.
  int wait(boost::asio::io_context& io) { return run(io, wait_for_end(), std::chrono::seconds{12}); }
  /// What it has written to standard error so far.
  [[nodiscard]] std::string errors() const {
    std::string text;
    std::array<char, 4096> part{};
    for (off_t at = 0;;) {
      const auto size = pread(fileno(errors_), part.data(), part.size(), at);
      if (size <= 0) return text;
      text.append(part.data(), static_cast<std::size_t>(size));
      at += size;
    }
  }

 private:
  async::awaitable<int> wait_for_end() {
    const auto end = async::deadline_in(std::chrono::seconds{10});
    for (int status = 0; async::Clock::now() < end; co_await async::sleep_for(std::chrono::milliseconds{5})) {
      if (waitpid(pid_, &status, WNOHANG) != pid_) continue;
      pid_ = 0;
      co_return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    co_return -1;
  }

  std::FILE* errors_ = std::tmpfile();
  pid_t pid_ = 0;
};

}  // namespace acr::fakes
