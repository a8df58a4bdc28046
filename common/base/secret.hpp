// SPDX-License-Identifier: Apache-2.0
// A value that must never be printed: an access key secret, a token, a registry password, a private key.
#pragma once

#include <string.h>

#include <string>
#include <string_view>
#include <utility>

namespace acr {

/// Holds text that may be read only by a named call that is easy to search for. Wiped when it is destroyed,
/// assigned over or moved from (SEC-9). It has no stream or fmt output on purpose.
class Secret {
 public:
  Secret() = default;
  /// Takes the text away from `value`, of which nothing is left.
  explicit Secret(std::string&& value) {
    value_.swap(value);
    // A short text was copied out of `value`, which keeps its bytes.
    explicit_bzero(value.data(), value.capacity());
  }
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : value_(other.value_) { other.wipe(); }
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      wipe();
      value_ = other.value_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      value_ = other.value_;
      other.wipe();
    }
    return *this;
  }
  ~Secret() { wipe(); }

  /// The text itself; valid while this object lives and is not assigned to.
  [[nodiscard]] std::string_view reveal() const { return value_; }
  [[nodiscard]] bool empty() const { return value_.empty(); }
  [[nodiscard]] std::size_t size() const { return value_.size(); }

  friend bool operator==(const Secret&, const Secret&) = default;

 private:
  void wipe() noexcept {
    // A moved-from small string keeps its bytes, so the whole capacity is cleared, not only size().
    explicit_bzero(value_.data(), value_.capacity());
    value_.clear();
  }

  std::string value_;
};

}  // namespace acr
