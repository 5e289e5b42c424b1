// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

namespace espalier {

/// Undoes one compression format, piece by piece.
class Decompressor {
public:
    enum class State { more, end, damaged, too_large };
    struct Progress {
        std::size_t read = 0, written = 0;
        State state = State::more;
    };
    virtual ~Decompressor() = default;
    /// Reads from the front of `in`, behind which nothing follows, and writes to the front of `out`. Neither read nor
    /// written anything: the data end too early.
    virtual Progress step(std::string_view in, std::span<char> out) = 0;
};

std::unique_ptr<Decompressor> gzip_decompressor();  ///< several members one after the other are one stream
std::unique_ptr<Decompressor> xz_decompressor();

}  // namespace espalier
