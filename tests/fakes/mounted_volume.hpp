// SPDX-License-Identifier: Apache-2.0
// A folder as the kubelet mounts Secrets and tokens: NAME -> ..data/NAME, and ..data -> a folder that is swapped whole.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

namespace acr::fakes {

class MountedVolume {
 public:
  explicit MountedVolume(std::string file_name) : name_(std::move(file_name)) {
    std::string pattern = (std::filesystem::temp_directory_path() / "acr-volume-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
    std::filesystem::create_symlink(std::filesystem::path("..data") / name_, path());
  }
  ~MountedVolume() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  MountedVolume(const MountedVolume&) = delete;
  MountedVolume& operator=(const MountedVolume&) = delete;

  /// Puts the text there in one step, as the kubelet does.
  void publish(const std::string& text) {
    const auto generation = ".." + std::to_string(++generations_);
    std::filesystem::create_directory(folder_ / generation);
    std::ofstream(folder_ / generation / name_, std::ios::binary) << text;
    std::filesystem::create_directory_symlink(generation, folder_ / "..next");
    std::filesystem::rename(folder_ / "..next", folder_ / "..data");
    std::filesystem::remove_all(folder_ / (".." + std::to_string(generations_ - 1)));
  }
  /// As for an optional Secret that is deleted.
  void withdraw() { std::filesystem::remove(folder_ / "..data"); }

  [[nodiscard]] std::filesystem::path path() const { return folder_ / name_; }

 private:
  std::string name_;
  std::filesystem::path folder_;
  int generations_ = 0;
};

}  // namespace acr::fakes
