// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <algorithm>
#include <bit>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace espalier::host {

/// A check sum of a row's values in their order, with their types and lengths. Each step is reversible, so that a
/// change of one value always changes the 64 bits; 32 of them are kept.
class RowCheck {
public:
    void add(std::integral auto value) { step(kInteger, static_cast<std::uint64_t>(value)); }
    void add(double value) { step(kReal, std::bit_cast<std::uint64_t>(value == 0 ? 0.0 : value)); }  // SQLite drops -0
    void add(std::string_view bytes)
    {
        step(kBytes, bytes.size());
        for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(8, bytes.size()))) {
            std::uint64_t word = 0;
            std::memcpy(&word, bytes.data(), std::min<std::size_t>(8, bytes.size()));
            step(kBytes, word);
        }
    }
    void add(const std::string& bytes) { add(std::string_view(bytes)); }
    void add(const std::optional<std::string>& bytes) { bytes ? add(std::string_view(*bytes)) : add_null(); }
    void add_null() { step(kNull, 0); }

    std::int64_t sum() const { return static_cast<std::int64_t>((state_ ^ (state_ >> 32)) * kFactor >> 32); }

private:
    enum Type : std::uint64_t { kNull = 1, kInteger, kReal, kBytes };

    void step(Type type, std::uint64_t value) { state_ = std::rotl((state_ ^ value) * kFactor + type, 29); }

    static constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15U;  // odd, its bits spread
    std::uint64_t state_ = 0;
};

}  // namespace espalier::host
