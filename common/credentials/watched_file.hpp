// SPDX-License-Identifier: Apache-2.0
// A file that somebody else replaces while we run, such as a token in a mounted volume.
#pragma once

#include <sys/stat.h>

#include <string>

#include "common/base/error.hpp"
#include "common/base/secret.hpp"

namespace acr::credentials {

/// Remembers what the file was when it was read. The kubelet swaps mounted Secrets and tokens by a symbolic link, so
/// the file behind the path counts (device, inode), besides its size and time.
class WatchedFile {
 public:
  /// A file of more than `limit` bytes is refused.
  WatchedFile(std::string path, std::size_t limit) : path_(std::move(path)), limit_(limit) {}

  /// Errors: NotFound (absent), Denied (may not be read), Invalid (too large, not a regular file), Unavailable.
  Result<Secret> read();

  /// Is it another file than at the last read()? One stat. False before the first read().
  [[nodiscard]] bool has_changed() const;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  struct Stamp {
    bool exists = false;
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    time_t seconds = 0;
    long nanoseconds = 0;
    friend bool operator==(const Stamp&, const Stamp&) = default;
  };
  [[nodiscard]] Stamp look() const;
  static Stamp stamp_of(const struct stat& status);

  std::string path_;
  std::size_t limit_;
  bool was_read_ = false;
  Stamp seen_;
};

}  // namespace acr::credentials
