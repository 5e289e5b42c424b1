// SPDX-License-Identifier: Apache-2.0
#include "picture.hpp"

#include "espalier/error.hpp"
#include "espalier/sdk/files.hpp"

namespace espalier::images {
namespace {

torch_sdk::Picture decoded(const std::filesystem::path& file, Decoded decoded)
{
    const std::string bytes = espalier::read_file(file);
    try {
        if (bytes.starts_with("\xff\xd8"))
            return jpeg_picture(bytes, decoded);
        if (bytes.starts_with("\x89PNG"))
            return png_picture(bytes, decoded);
        throw Error(bytes.empty() ? "is empty" : "is neither JPEG nor PNG");
    } catch (const Error& error) {
        throw Error(file.string() + ": " + error.what());
    }
}

}  // namespace

torch_sdk::Picture sized_picture(std::uint64_t height, std::uint64_t width)
{
    if (height == 0 || width == 0)
        throw Error("has no pixels");
    if (height > static_cast<std::uint64_t>(kMostPixels) || width > static_cast<std::uint64_t>(kMostPixels) / height)
        throw Error("says that it has " + std::to_string(width) + " x " + std::to_string(height) + " pixels; at most " +
                    std::to_string(kMostPixels) + " in all are read");
    return {{}, {3, static_cast<std::int64_t>(height), static_cast<std::int64_t>(width)}};
}

torch_sdk::Picture read_picture(const std::filesystem::path& file)
{
    return decoded(file, Decoded::pixels);
}

void check_picture(const std::filesystem::path& file)
{
    decoded(file, Decoded::size);
}

}  // namespace espalier::images
