// SPDX-License-Identifier: Apache-2.0
// A YAML document as a compact tree: twenty bytes a node, and scalars that point into the text where they stand in it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/config/source_text.hpp"

namespace acr::config {

enum class YamlKind : std::uint8_t { Null, Scalar, Sequence, Mapping };

class YamlTree;
struct FieldName;

/// A node of a tree; as cheap to copy as a pointer, and valid while the tree stays where it is.
class YamlValue {
 public:
  YamlValue() = default;
  YamlValue(const YamlTree& tree, std::size_t index) : tree_(&tree), index_(index) {}

  [[nodiscard]] YamlKind kind() const;
  [[nodiscard]] bool is_null() const { return kind() == YamlKind::Null; }
  [[nodiscard]] bool is_scalar() const { return kind() == YamlKind::Scalar; }
  [[nodiscard]] bool is_sequence() const { return kind() == YamlKind::Sequence; }
  [[nodiscard]] bool is_mapping() const { return kind() == YamlKind::Mapping; }
  /// The value of a scalar, without its quotes and escapes; empty for other kinds.
  [[nodiscard]] std::string_view text() const;
  /// Where the node begins in the source: at its quote or bracket if it has one.
  [[nodiscard]] std::size_t offset() const;
  /// Has it neither items nor fields?
  [[nodiscard]] bool is_childless() const;
  /// Items of a sequence. Counts them.
  [[nodiscard]] std::size_t item_count() const;

  /// Calls visit(item) for each item of a sequence.
  template <class Visit>
  void visit_items(Visit visit) const {
    if (!is_sequence()) return;
    for (auto at = index_ + 1; at < end(); at = YamlValue(*tree_, at).end()) visit(YamlValue(*tree_, at));
  }

  /// Calls visit(key, value) for each field of a mapping, repeats included, in the order written. A key is a scalar, or
  /// null if it is written as `~` or `null`.
  template <class Visit>
  void visit_fields(Visit visit) const {
    if (!is_mapping()) return;
    for (auto at = index_ + 1; at < end();) {
      const YamlValue key(*tree_, at);
      const YamlValue value(*tree_, key.end());
      visit(key, value);
      at = value.end();
    }
  }

 private:
  [[nodiscard]] std::size_t end() const;

  const YamlTree* tree_ = nullptr;
  std::size_t index_ = 0;
};

class YamlTree {
 public:
  /// `source` must outlive the tree and stay as it is.
  explicit YamlTree(const SourceText& source) : source_(&source) {}

  /// Of a tree that read_yaml() made.
  [[nodiscard]] YamlValue root() const { return {*this, 0}; }
  [[nodiscard]] std::size_t node_count() const { return nodes_.size(); }

  void add_null(std::size_t offset) { add(YamlKind::Null, offset); }
  /// A scalar whose value stands in the source as it is.
  void add_slice(std::size_t offset, std::size_t text_at, std::size_t text_size);
  /// A scalar whose value differs from what is written.
  void add_decoded(std::size_t offset, std::string_view text);
  /// Children are what is added until close().
  std::size_t open(YamlKind kind, std::size_t offset) { return add(kind, offset); }
  void close(std::size_t node) { nodes_[node].end = static_cast<std::uint32_t>(nodes_.size()); }

 private:
  friend class YamlValue;

  struct Node {
    std::uint32_t offset = 0;
    std::uint32_t text_at = 0;
    std::uint32_t text_size = 0;
    /// Behind the last node of its subtree.
    std::uint32_t end = 0;
    YamlKind kind = YamlKind::Null;
    bool is_decoded = false;
  };

  std::size_t add(YamlKind kind, std::size_t offset);

  const SourceText* source_;
  // A deque, because a vector would hold everything twice while it grows.
  std::deque<Node> nodes_;
  std::string decoded_;
};

/// Reads the one document in `source`: the part of YAML that a configuration needs. Anchors, aliases, tags, directives,
/// merge keys, keys that are no single line, and a second document are errors; so are depth and numbers of nodes that
/// no honest configuration has. Reports at most one error, with its place, and gives nullopt then. Time and memory grow
/// with the text only. Where it means one thing only, what is no YAML is read with a warning: a comment that starts
/// with
/// `//`, a comma behind a value in quotes, several such values where a field takes a list, and, for the fields `names`,
/// a colon or dash without its blank or a full-width colon.
std::optional<YamlTree> read_yaml(const SourceText& source, std::span<const FieldName> names, Findings& findings);

}  // namespace acr::config
