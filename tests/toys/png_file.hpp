// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <stdexcept>
#include <string>
#include <vector>

#include <png.h>

/// The bytes of a PNG file. @param rows all bytes, row by row. @param format of libpng's simplified interface.
inline std::string png_file(const std::vector<unsigned char>& rows, unsigned width, unsigned height,
                            unsigned format = PNG_FORMAT_RGB)
{
    png_image image{};
    image.version = PNG_IMAGE_VERSION;
    image.width = width;
    image.height = height;
    image.format = format;
    png_alloc_size_t size = 0;
    std::string text;
    for (int pass = 0; pass < 2; ++pass, text.resize(size))  // the first tells the size
        if (png_image_write_to_memory(&image, text.empty() ? nullptr : text.data(), &size, 0, rows.data(), 0,
                                      nullptr) == 0)
            throw std::runtime_error(image.message);
    return text;
}

/// Of one colour.
inline std::string png_file(unsigned char red, unsigned char green, unsigned char blue, unsigned width, unsigned height)
{
    std::vector<unsigned char> rows;
    for (unsigned i = 0; i < width * height; ++i)
        rows.insert(rows.end(), {red, green, blue});
    return png_file(rows, width, height);
}
