// SPDX-License-Identifier: Apache-2.0
// A folder as the kubelet mounts Secrets and tokens: NAME -> ..data/NAME, and ..data -> a folder that is swapped whole.
#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "tests/fakes/temporary_folder.hpp"

namespace acr::fakes {

class MountedVolume {
 public:
  explicit MountedVolume(std::string file_name) : name_(std::move(file_name)) {
    std::filesystem::create_symlink(std::filesystem::path("..data") / name_, path());
  }

  /// Puts the text there in one step, as the kubelet does.
  void publish(const std::string& text) {
    const auto& folder = folder_.path();
    const auto generation = ".." + std::to_string(++generations_);
    std::filesystem::create_directory(folder / generation);
    folder_.write(generation + "/" + name_, text);
    std::filesystem::create_directory_symlink(generation, folder / "..next");
    std::filesystem::rename(folder / "..next", folder / "..data");
    std::filesystem::remove_all(folder / (".." + std::to_string(generations_ - 1)));
  }
  /// As for an optional Secret that is deleted.
  void withdraw() { std::filesystem::remove(folder_.path() / "..data"); }

  [[nodiscard]] std::filesystem::path path() const { return folder_.path() / name_; }

 private:
  std::string name_;
  TemporaryFolder folder_;
  int generations_ = 0;
};

}  // namespace acr::fakes
