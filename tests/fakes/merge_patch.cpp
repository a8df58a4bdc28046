// SPDX-License-Identifier: Apache-2.0
#include "tests/fakes/merge_patch.hpp"

namespace acr::fakes {
namespace {

using Allocator = JsonDocument::AllocatorType;

JsonValue text_of(const JsonValue& value, Allocator& allocator) {
  return {value.GetString(), value.GetStringLength(), allocator};
}

/// A copy that needs nothing of the document of `value`, whose strings RapidJSON's own copy would share.
JsonValue copy_of(const JsonValue& value, Allocator& allocator) {
  if (value.IsString()) return text_of(value, allocator);
  if (!value.IsArray() && !value.IsObject()) return {value, allocator};
  JsonValue copy(value.GetType());
  if (value.IsArray()) {
    for (const auto& element : value.GetArray()) copy.PushBack(copy_of(element, allocator), allocator);
  } else {
    for (const auto& member : value.GetObject())
      copy.AddMember(text_of(member.name, allocator), copy_of(member.value, allocator), allocator);
  }
  return copy;
}

void merge(JsonValue& target, const JsonValue& patch, Allocator& allocator) {
  if (!patch.IsObject()) {
    target = copy_of(patch, allocator);
    return;
  }
  if (!target.IsObject()) target.SetObject();
  for (const auto& member : patch.GetObject()) {
    if (member.value.IsNull()) {
      target.RemoveMember(member.name);
      continue;
    }
    if (!target.HasMember(member.name)) {
      target.AddMember(text_of(member.name, allocator), JsonValue(), allocator);
    }
    merge(target[member.name], member.value, allocator);
  }
}

}  // namespace

void apply_merge_patch(JsonDocument& target, const JsonValue& patch) {
  merge(target, patch, target.GetAllocator());
}

}  // namespace acr::fakes
