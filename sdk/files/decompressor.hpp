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
    enum class State { more, end, damaged, too_large, trailing };  ///< trailing: something else behind the end
    struct Progress {
        std::size_t read = 0, written = 0;
        State state = State::more;
    };
    virtual ~Decompressor() = default;
    /// Reads from the front of `in`, behind which nothing follows, and writes to the front of `out`. Neither read nor
    /// written anything: the data end too early.
    virtual Progress step(std::string_view in, std::span<char> out) = 0;
};

// Several members or streams one after the other are one, and zeros may follow them: tapes and some writers pad.
std::unique_ptr<Decompressor> gzip_decompressor();
std::unique_ptr<Decompressor> xz_decompressor();

/// Whether data begin as a format does, as far as they go.
inline bool begins_as(std::string_view data, std::string_view magic)
{
    return data.substr(0, magic.size()) == magic.substr(0, data.size());
}

}  // namespace espalier
