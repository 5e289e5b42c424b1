// SPDX-License-Identifier: Apache-2.0
#include "plugin_file/file_hash.hpp"

#include <bit>
#include <cstring>

#include "plugin_file/file_bytes.hpp"

namespace espalier {
namespace {

constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87u;
constexpr std::uint64_t kPrime2 = 0xC2B2AE3D27D4EB4Fu;
constexpr std::uint64_t kPrime3 = 0x165667B19E3779F9u;
constexpr std::uint64_t kPrime4 = 0x85EBCA77C2B2AE63u;
constexpr std::uint64_t kPrime5 = 0x27D4EB2F165667C5u;

static_assert(std::endian::native == std::endian::little, "XXH64 reads little-endian words");

template <class Word>
Word word_at(const std::byte* at)
{
    Word word;
    std::memcpy(&word, at, sizeof word);
    return word;
}

std::uint64_t round(std::uint64_t lane, std::uint64_t input)
{
    return std::rotl(lane + input * kPrime2, 31) * kPrime1;
}

std::uint64_t merge(std::uint64_t sum, std::uint64_t lane)
{
    return (sum ^ round(0, lane)) * kPrime1 + kPrime4;
}

}  // namespace

std::uint64_t xxh64(std::span<const std::byte> bytes)
{
    const std::byte* at = bytes.data();
    std::size_t left = bytes.size();
    std::uint64_t sum = kPrime5;
    if (left >= 32) {
        std::uint64_t a = kPrime1 + kPrime2, b = kPrime2, c = 0, d = std::uint64_t{0} - kPrime1;
        for (; left >= 32; at += 32, left -= 32) {
            a = round(a, word_at<std::uint64_t>(at));
            b = round(b, word_at<std::uint64_t>(at + 8));
            c = round(c, word_at<std::uint64_t>(at + 16));
            d = round(d, word_at<std::uint64_t>(at + 24));
        }
        sum = std::rotl(a, 1) + std::rotl(b, 7) + std::rotl(c, 12) + std::rotl(d, 18);
        for (const std::uint64_t lane : {a, b, c, d})
            sum = merge(sum, lane);
    }
    sum += bytes.size();
    for (; left >= 8; at += 8, left -= 8)
        sum = std::rotl(sum ^ round(0, word_at<std::uint64_t>(at)), 27) * kPrime1 + kPrime4;
    if (left >= 4) {
        sum = std::rotl(sum ^ (word_at<std::uint32_t>(at) * kPrime1), 23) * kPrime2 + kPrime3;
        at += 4, left -= 4;
    }
    for (; left > 0; ++at, --left)
        sum = std::rotl(sum ^ (std::to_integer<std::uint64_t>(*at) * kPrime5), 11) * kPrime1;
    sum = (sum ^ (sum >> 33)) * kPrime2;
    sum = (sum ^ (sum >> 29)) * kPrime3;
    return sum ^ (sum >> 32);
}

std::string file_hash(const std::filesystem::path& file)
{
    const FileBytes bytes(file);
    const std::uint64_t sum = xxh64(bytes.bytes());
    std::string text(16, '0');
    for (int digit = 0; digit < 16; ++digit)
        text[static_cast<std::size_t>(digit)] = "0123456789abcdef"[(sum >> (60 - 4 * digit)) & 15];
    return text;
}

}  // namespace espalier
