// SPDX-License-Identifier: Apache-2.0
#include "host/store/write_ahead_log.hpp"

#include <cstdint>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace espalier::host {
namespace {

constexpr std::size_t kHeader = 32, kFrameHeader = 24, kChecked = 8;  // bytes; a check sum covers 8 of a frame's header
constexpr std::size_t kLargestPage = 65'536;                          // bytes
constexpr std::uint32_t kMagic = 0x377f0682;                          // + 1: check sums are of big-endian words

std::uint32_t big_endian(std::string_view bytes, std::size_t at)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

struct Sum {
    std::uint32_t first = 0, second = 0;

    void add(std::string_view bytes, bool big)
    {
        const auto word = [&](std::size_t at) {
            const std::uint32_t value = big_endian(bytes, at);
            return big ? value : __builtin_bswap32(value);
        };
        for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
            first += word(at) + second;
            second += word(at + 4) + first;
        }
    }
    bool is(std::string_view bytes, std::size_t at) const
    {
        return first == big_endian(bytes, at) && second == big_endian(bytes, at + 4);
    }
};

/// What the index of a log tells of it.
struct Index {
    std::uint32_t frames = 0;
    std::string salts;
};

/// Nothing where there is none, or one that was being written.
std::optional<Index> index_of(const std::filesystem::path& log)
{
    constexpr std::size_t kHalf = 48, kFrames = 16, kSalts = 32;  // bytes; numbers are as this machine has them
    constexpr std::uint32_t kFormat = 3'007'000;
    std::string file = log.string();
    file.replace(file.size() - 3, 3, "shm");
    std::string bytes(2 * kHalf, '\0');
    if (!std::ifstream(file, std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size())) ||
        bytes.substr(0, kHalf) != bytes.substr(kHalf))
        return std::nullopt;
    std::uint32_t format = 0;
    Index index{0, bytes.substr(kSalts, 8)};
    std::memcpy(&format, bytes.data(), sizeof format);
    std::memcpy(&index.frames, bytes.data() + kFrames, sizeof index.frames);
    return format == kFormat ? std::optional(index) : std::nullopt;
}

}  // namespace

std::filesystem::path log_of(const std::filesystem::path& database)
{
    return database.string() + "-wal";
}

bool is_cut(const std::filesystem::path& log)
{
    const std::optional<Index> index = index_of(log);
    std::ifstream file(log, std::ios::binary);
    if (!file)
        return false;
    std::string header(kHeader, '\0');
    if (!file.read(header.data(), kHeader))
        return file.gcount() > 0 || (index && index->frames > 0);
    const bool big = big_endian(header, 0) == kMagic + 1;
    const std::size_t page = big_endian(header, 8);
    Sum sum;
    sum.add(std::string_view(header).substr(0, 24), big);
    if (!sum.is(header, 24) || (!big && big_endian(header, 0) != kMagic) || page > kLargestPage)
        return true;
    const std::string_view salts = std::string_view(header).substr(16, 8);
    std::string frame(kFrameHeader + page, '\0');
    std::uint32_t frames = 0;
    for (bool ended = false; file.read(frame.data(), static_cast<std::streamsize>(frame.size()));) {
        const std::string_view theirs = std::string_view(frame).substr(8, 8);
        if (!ended && theirs == salts) {
            sum.add(std::string_view(frame).substr(0, kChecked), big);
            sum.add(std::string_view(frame).substr(kFrameHeader), big);
            if (sum.is(frame, 16)) {
                ++frames;
                continue;
            }
        }
        // What an earlier log left behind the end of this one has other salts, both of them.
        ended = true;
        if (theirs.substr(0, 4) == salts.substr(0, 4) || theirs.substr(4) == salts.substr(4))
            return true;
    }
    return index && index->salts == salts && frames < index->frames;
}

}  // namespace espalier::host
