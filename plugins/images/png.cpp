// SPDX-License-Identifier: Apache-2.0
#include <png.h>

#include "espalier/error.hpp"

#include "picture.hpp"

namespace espalier::images {
namespace {

class PngFile {
public:
    explicit PngFile(std::string_view bytes)
    {
        image_.version = PNG_IMAGE_VERSION;
        if (png_image_begin_read_from_memory(&image_, bytes.data(), bytes.size()) == 0)
            throw Error(image_.message);
        image_.format = PNG_FORMAT_RGB;
    }
    PngFile(const PngFile&) = delete;
    PngFile& operator=(const PngFile&) = delete;
    ~PngFile() { png_image_free(&image_); }

    /// Row by row, [height, width, 3].
    void read_pixels(std::vector<std::uint8_t>& to)
    {
        const png_color black{};
        if (png_image_finish_read(&image_, &black, to.data(), 0, nullptr) == 0)
            throw Error(image_.message);
    }
    std::size_t height() const { return image_.height; }
    std::size_t width() const { return image_.width; }

private:
    png_image image_{};
};

}  // namespace

torch_sdk::Picture png_picture(std::string_view bytes, Decoded decoded)
{
    PngFile file(bytes);
    torch_sdk::Picture picture = sized_picture(file.height(), file.width());
    if (decoded == Decoded::size)
        return picture;
    const std::size_t pixels = file.height() * file.width();
    std::vector<std::uint8_t> rows(3 * pixels);
    file.read_pixels(rows);
    picture.pixels.resize(3 * pixels);
    for (std::size_t i = 0; i < pixels; ++i)
        for (std::size_t c = 0; c < 3; ++c)
            picture.pixels[c * pixels + i] = rows[3 * i + c];
    return picture;
}

}  // namespace espalier::images
