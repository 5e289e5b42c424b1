// SPDX-License-Identifier: Apache-2.0
#include "plugin_file/file_hash.hpp"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#define XXH_INLINE_ALL  // nothing is linked, so that the command starts no slower
#include <xxhash.h>

#include "espalier/error.hpp"

namespace espalier {
namespace {

constexpr std::size_t kBlock = std::size_t{1} << 18;

}  // namespace

std::uint64_t xxh64(std::span<const std::byte> bytes)
{
    return XXH64(bytes.data(), bytes.size(), 0);
}

std::string file_hash(const std::filesystem::path& file)
{
    const auto status = std::filesystem::status(file);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))  // a pipe would be waited for
        throw Error(file.string() + ": cannot be read: it is no file");
    std::ifstream stream(file, std::ios::binary);
    XXH64_state_t state;
    XXH64_reset(&state, 0);
    std::vector<char> block(kBlock);
    while (stream.read(block.data(), kBlock) || stream.gcount() > 0)
        XXH64_update(&state, block.data(), static_cast<std::size_t>(stream.gcount()));
    if (!stream.eof())
        throw Error(file.string() + ": cannot be read: " + std::strerror(errno));
    const std::uint64_t sum = XXH64_digest(&state);
    std::string text(16, '0');
    for (std::size_t digit = 0; digit < 16; ++digit)
        text[digit] = "0123456789abcdef"[(sum >> (60 - 4 * digit)) & 15];
    return text;
}

}  // namespace espalier
