// SPDX-License-Identifier: Apache-2.0
#include "common/credentials/watched_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace acr::credentials {
namespace {

class Descriptor {
 public:
  // Not blocking: a pipe in the place of the file must not stop the program.
  explicit Descriptor(const std::string& path) : number_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

ErrorKind kind_of(int error) {
  if (error == ENOENT || error == ENOTDIR) return ErrorKind::NotFound;
  return error == EACCES || error == EPERM ? ErrorKind::Denied : ErrorKind::Unavailable;
}

std::unexpected<Error> refuse(ErrorKind kind, const std::string& path, std::string_view why) {
  return fail(kind, fmt::format("cannot read {}: {}", path, why));
}

}  // namespace

WatchedFile::Stamp WatchedFile::stamp_of(const struct stat& status) {
  return {.exists = true,
          .device = status.st_dev,
          .inode = status.st_ino,
          .size = status.st_size,
          .seconds = status.st_mtim.tv_sec,
          .nanoseconds = status.st_mtim.tv_nsec};
}

WatchedFile::Stamp WatchedFile::look() const {
  struct stat status{};
  return ::stat(path_.c_str(), &status) == 0 ? stamp_of(status) : Stamp{};
}

Result<Secret> WatchedFile::read() {
  was_read_ = true;
  seen_ = {};
  const Descriptor file(path_);
  struct stat status{};
  if (file.number() < 0 || ::fstat(file.number(), &status) != 0) {
    const auto error = errno;
    seen_ = look();
    return refuse(kind_of(error), path_, std::strerror(error));
  }
  seen_ = stamp_of(status);
  if (!S_ISREG(status.st_mode)) return refuse(ErrorKind::Invalid, path_, "it is not a regular file");
  std::string text(limit_ + 1, '\0');
  std::size_t size = 0;
  while (size < text.size()) {
    const auto count = ::read(file.number(), text.data() + size, text.size() - size);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return refuse(ErrorKind::Unavailable, path_, std::strerror(errno));
    if (count == 0) break;
    size += static_cast<std::size_t>(count);
  }
  Secret content(size > limit_ ? std::string() : text.substr(0, size));
  explicit_bzero(text.data(), text.size());
  if (size > limit_) return refuse(ErrorKind::Invalid, path_, fmt::format("it is larger than {} bytes", limit_));
  return content;
}

bool WatchedFile::has_changed() const {
  return was_read_ && look() != seen_;
}

}  // namespace acr::credentials
