// SPDX-License-Identifier: Apache-2.0
// Objects as few bytes. A cluster has tens of thousands of ServiceAccounts; as strings in a tree each would take about
// 470 bytes. Pure; one thread.
#pragma once

#include <compare>
#include <concepts>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "common/kube/object.hpp"

namespace acr::kube {

/// An ObjectKey that lies somewhere else; sorts as ObjectKey does.
struct KeyView {
  std::string_view namespace_ = {};
  std::string_view name = {};
  // NOLINTBEGIN(google-explicit-constructor): it stands for the key, as a string_view for a string
  KeyView() = default;
  KeyView(std::string_view namespace_name, std::string_view object_name)
      : namespace_(namespace_name), name(object_name) {}
  KeyView(const ObjectKey& key) : namespace_(key.namespace_), name(key.name) {}
  // NOLINTEND(google-explicit-constructor): that was all
  friend auto operator<=>(const KeyView&, const KeyView&) = default;
};

/// Bytes that never change and that several owners share; one allocation, 8 bytes more than they need themselves.
class SharedBytes {
 public:
  explicit SharedBytes(std::string_view bytes);
  SharedBytes(const SharedBytes& other) noexcept;
  SharedBytes(SharedBytes&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  SharedBytes& operator=(SharedBytes other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~SharedBytes();

  [[nodiscard]] std::string_view view() const;
  friend bool operator==(const SharedBytes& a, const SharedBytes& b) {
    return a.block_ == b.block_ || a.view() == b.view();
  }

 private:
  struct Head {
    std::uint32_t owners;
    std::uint32_t size;
  };
  Head* block_;  ///< the bytes follow it
};

/// Values to bytes. Equal values give equal bytes.
class Packer {
 public:
  void add_key(KeyView key);
  /// Decimal numbers, UUIDs and digests in hex take the space of what they mean.
  void add(std::string_view text);
  void add(bool flag) { bytes_.push_back(flag ? 1 : 0); }
  void add(const std::vector<std::string>& texts);
  void add(const TextMap& texts);

  [[nodiscard]] std::string_view bytes() const { return bytes_; }

 private:
  void add_number(std::uint64_t number);

  std::string bytes_;
};

/// The same values, in the same order, back from what a Packer made.
class Unpacker {
 public:
  explicit Unpacker(std::string_view bytes) : rest_(bytes) {}

  KeyView take_key();
  void take(std::string& text);
  void take(bool& flag) { flag = take_bytes(1).front() != 0; }
  void take(std::vector<std::string>& texts);
  void take(TextMap& texts);

 private:
  std::uint64_t take_number();
  std::string_view take_bytes(std::size_t size);

  std::string_view rest_;
};

template <class Object, class T>
concept IsObject = std::same_as<std::remove_const_t<Object>, T>;

/// All members but the key, of the kinds of which a cluster has many. The bindings have the compiler notice a new
/// member.
template <class Object>
  requires IsObject<Object, NamespaceInfo>
auto packed_members(Object& object) {
  auto& [name, uid, version, labels, annotations, terminating] = object;
  return std::tie(uid, version, labels, annotations, terminating);
}
template <class Object>
  requires IsObject<Object, ServiceAccountInfo>
auto packed_members(Object& object) {
  auto& [key, uid, version, image_pull_secrets, excluded] = object;
  return std::tie(uid, version, image_pull_secrets, excluded);
}
template <class Object>
  requires IsObject<Object, SecretInfo>
auto packed_members(Object& object) {
  auto& [key, uid, version, type, managed, immutable, terminating, annotations, digest, hosts] = object;
  return std::tie(uid, version, type, managed, immutable, terminating, annotations, digest, hosts);
}

template <class T>
concept Packable = requires(T& object) { packed_members(object); };

/// One object in a Store. This form is for kinds of which there are few: the object itself.
template <class T>
class Record {
 public:
  explicit Record(T object) : key_(key_of(object)), object_(std::make_shared<const T>(std::move(object))) {}

  [[nodiscard]] KeyView key() const { return key_; }
  [[nodiscard]] std::shared_ptr<const T> object() const { return object_; }
  friend bool operator==(const Record& a, const Record& b) {
    return a.object_ == b.object_ || *a.object_ == *b.object_;
  }

 private:
  ObjectKey key_;
  std::shared_ptr<const T> object_;
};

/// Bytes, out of which the object is made anew for everyone who asks.
template <Packable T>
class Record<T> {
 public:
  explicit Record(const T& object) : bytes_(pack(object)) {}

  [[nodiscard]] KeyView key() const { return Unpacker(bytes_.view()).take_key(); }
  [[nodiscard]] std::shared_ptr<const T> object() const {
    Unpacker unpacker(bytes_.view());
    const auto key = unpacker.take_key();
    const auto object = std::make_shared<T>();
    set_key(*object, {std::string(key.namespace_), std::string(key.name)});
    std::apply([&unpacker](auto&... members) { (unpacker.take(members), ...); }, packed_members(*object));
    return object;
  }
  friend bool operator==(const Record&, const Record&) = default;

 private:
  static SharedBytes pack(const T& object) {
    Packer packer;
    packer.add_key(key_of(object));
    std::apply([&packer](const auto&... members) { (packer.add(members), ...); }, packed_members(object));
    return SharedBytes(packer.bytes());
  }
  static void set_key(T& object, ObjectKey key) {
    if constexpr (std::same_as<T, NamespaceInfo>)
      object.name = std::move(key.name);
    else
      object.key = std::move(key);
  }

  SharedBytes bytes_;
};

}  // namespace acr::kube
