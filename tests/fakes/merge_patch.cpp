// SPDX-License-Identifier: Apache-2.0
#include "tests/fakes/merge_patch.hpp"

namespace acr::fakes {
namespace {

using Allocator = JsonDocument::AllocatorType;

void merge(JsonValue& target, const JsonValue& patch, Allocator& allocator) {
  if (!patch.IsObject()) {
    target.CopyFrom(patch, allocator);
    return;
  }
  if (!target.IsObject()) target.SetObject();
  for (const auto& member : patch.GetObject()) {
    if (member.value.IsNull()) {
      target.RemoveMember(member.name);
      continue;
    }
    if (!target.HasMember(member.name)) {
      target.AddMember(JsonValue(member.name, allocator), JsonValue(), allocator);
    }
    merge(target[member.name], member.value, allocator);
  }
}

}  // namespace

void apply_merge_patch(JsonDocument& target, const JsonValue& patch) {
  merge(target, patch, target.GetAllocator());
}

}  // namespace acr::fakes
