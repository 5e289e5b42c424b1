// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <vector>

namespace espalier::once_for_all {

/// Numbers in rows; one of one dimension is a single row.
struct Matrix {
    std::size_t rows = 0, columns = 0;
    std::vector<float> values;  ///< row by row
};

/// Reads an array file of NumPy (format 1.0 to 3.0) with little-endian float32 numbers in rows, of one or two
/// dimensions.
/// @throws Error naming the file: it cannot be read, is no such file, holds other numbers, ends early or has bytes
/// left.
Matrix read_npy(const std::filesystem::path& file);

}  // namespace espalier::once_for_all
