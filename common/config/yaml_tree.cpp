// SPDX-License-Identifier: Apache-2.0
#include "common/config/yaml_tree.hpp"

namespace acr::config {

YamlKind YamlValue::kind() const {
  return tree_ == nullptr ? YamlKind::Null : tree_->nodes_[index_].kind;
}

std::string_view YamlValue::text() const {
  if (!is_scalar()) return {};
  const auto& node = tree_->nodes_[index_];
  const std::string_view text(node.is_decoded ? tree_->decoded_ : tree_->source_->text());
  return text.substr(node.text_at, node.text_size);
}

std::size_t YamlValue::offset() const {
  return tree_ == nullptr ? 0 : tree_->nodes_[index_].offset;
}

std::size_t YamlValue::end() const {
  return tree_->nodes_[index_].end;
}

bool YamlValue::is_childless() const {
  return tree_ == nullptr || end() == index_ + 1;
}

std::size_t YamlValue::item_count() const {
  std::size_t count = 0;
  visit_items([&count](YamlValue) { ++count; });
  return count;
}

std::size_t YamlTree::add(YamlKind kind, std::size_t offset) {
  const auto index = nodes_.size();
  nodes_.push_back({.offset = static_cast<std::uint32_t>(offset),
                    .text_at = 0,
                    .text_size = 0,
                    .end = static_cast<std::uint32_t>(index + 1),
                    .kind = kind,
                    .is_decoded = false});
  return index;
}

void YamlTree::add_slice(std::size_t offset, std::size_t text_at, std::size_t text_size) {
  auto& node = nodes_[add(YamlKind::Scalar, offset)];
  node.text_at = static_cast<std::uint32_t>(text_at);
  node.text_size = static_cast<std::uint32_t>(text_size);
}

void YamlTree::add_decoded(std::size_t offset, std::string_view text) {
  auto& node = nodes_[add(YamlKind::Scalar, offset)];
  node.is_decoded = true;
  node.text_at = static_cast<std::uint32_t>(decoded_.size());
  node.text_size = static_cast<std::uint32_t>(text.size());
  decoded_ += text;
}

}  // namespace acr::config
