// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace espalier {

/// What may be said beside tensors: text by name.
using TensorNotes = std::map<std::string, std::string>;

/// A tensor as it lies in a file.
struct StoredTensor {
    std::string name, type;  ///< the type as the file calls it: "F32"
    std::vector<std::int64_t> extents;
    std::string_view bytes;  ///< its numbers, little-endian, row by row
};

/// A file of tensors that was read, and is what was written: its tensors in the order written.
struct TensorFile {
    std::shared_ptr<const std::string> bytes;
    std::vector<StoredTensor> tensors;
    TensorNotes notes;
};

/// A check sum as 16 digits.
std::string hexadecimal(std::uint64_t sum);

/// How many bytes a number of this type takes. @throws Error for one that the layout has not.
std::size_t bytes_of(std::string_view type);

/// Writes named tensors and notes in the layout of safetensors with a check sum: docs/models.md. The file is whole or
/// absent. @throws Error naming the file, also for two tensors of one name.
void write_tensor_file(const std::string& file, std::span<const StoredTensor>, const TensorNotes&);

/// @throws Error naming the file if it is missing, cut short, changed, or not written by `write_tensor_file`.
TensorFile read_tensor_file(const std::string& file);

}  // namespace espalier
