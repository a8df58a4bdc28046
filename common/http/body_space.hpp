// SPDX-License-Identifier: Apache-2.0
// How much memory the request bodies of all connections of a server may take together. Pure.
#pragma once

#include <algorithm>
#include <cstddef>

namespace acr::http {

/// Each connection has a little of its own, so that a few large bodies cannot keep out the usual small ones; what is
/// beyond that comes from one store for all.
class BodySpace {
 public:
  BodySpace(std::size_t own, std::size_t shared) : own_(own), left_(shared) {}

  /// What one connection holds of it. The space must outlive it.
  class Share {
   public:
    explicit Share(BodySpace& space) : space_(space) {}
    ~Share() { release(); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    /// From now on the connection holds `bytes` in all. False: there is no room, and it holds what it held before.
    [[nodiscard]] bool hold(std::size_t bytes) {
      const std::size_t wanted = bytes - std::min(bytes, space_.own_);
      if (wanted > taken_ && wanted - taken_ > space_.left_) return false;
      space_.left_ = space_.left_ + taken_ - wanted;
      taken_ = wanted;
      return true;
    }
    void release() { (void)hold(0); }

   private:
    BodySpace& space_;
    std::size_t taken_ = 0;
  };

 private:
  std::size_t own_;
  std::size_t left_;
};

}  // namespace acr::http
