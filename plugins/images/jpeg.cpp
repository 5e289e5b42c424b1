// SPDX-License-Identifier: Apache-2.0
#include <csetjmp>
#include <cstdio>

#include <jerror.h>
#include <jpeglib.h>

#include "espalier/error.hpp"

#include "picture.hpp"

namespace espalier::images {
namespace {

/// libjpeg's way to report errors: it expects not to get control back, and no exception may pass through it.
struct JpegErrors {
    jpeg_error_mgr base;
    std::jmp_buf back;
    char message[JMSG_LENGTH_MAX];
};

[[noreturn]] void jpeg_failed(j_common_ptr info)
{
    auto* errors = reinterpret_cast<JpegErrors*>(info->err);
    info->err->format_message(info, errors->message);
    std::longjmp(errors->back, 1);
}

/// libjpeg fills up what is missing with grey and only warns. What it merely wonders at is no damage: bytes between
/// segments, marks of other versions.
void jpeg_warned(j_common_ptr info, int level)
{
    const int code = info->err->msg_code;
    if (level < 0 && code != JWRN_EXTRANEOUS_DATA && code != JWRN_ADOBE_XFORM && code != JWRN_JFIF_MAJOR)
        jpeg_failed(info);
}

class JpegFile {
public:
    explicit JpegFile(std::string_view bytes) : bytes_{bytes}
    {
        info_.err = jpeg_std_error(&errors_.base);
        errors_.base.error_exit = jpeg_failed;
        errors_.base.emit_message = jpeg_warned;
    }
    JpegFile(const JpegFile&) = delete;
    JpegFile& operator=(const JpegFile&) = delete;
    ~JpegFile() { jpeg_destroy_decompress(&info_); }

    void read_size()
    {
        if (setjmp(errors_.back) != 0)
            throw Error(errors_.message);
        jpeg_create_decompress(&info_);
        jpeg_mem_src(&info_, reinterpret_cast<const unsigned char*>(bytes_.data()), bytes_.size());
        jpeg_read_header(&info_, TRUE);
    }
    /// Row by row, [height, width, channels()].
    void read_pixels(std::vector<std::uint8_t>& to)
    {
        if (setjmp(errors_.back) != 0)
            throw Error(errors_.message);
        info_.out_color_space = channels() == 4 ? JCS_CMYK : JCS_RGB;
        jpeg_start_decompress(&info_);
        while (info_.output_scanline < info_.output_height) {
            JSAMPROW row = to.data() + std::size_t{info_.output_scanline} * width() * channels();
            jpeg_read_scanlines(&info_, &row, 1);
        }
        jpeg_finish_decompress(&info_);
    }
    std::size_t height() const { return info_.image_height; }
    std::size_t width() const { return info_.image_width; }
    std::size_t channels() const { return info_.num_components == 4 ? 4 : 3; }
    bool inverted() const { return info_.saw_Adobe_marker != 0; }  // inks as Photoshop writes them: 255 is none

private:
    std::string_view bytes_;
    jpeg_decompress_struct info_{};
    JpegErrors errors_{};
};

}  // namespace

torch_sdk::Picture jpeg_picture(std::string_view bytes, Decoded decoded)
{
    JpegFile file(bytes);
    file.read_size();
    torch_sdk::Picture picture = sized_picture(file.height(), file.width());
    if (decoded == Decoded::size)
        return picture;
    const std::size_t pixels = file.height() * file.width(), channels = file.channels();
    std::vector<std::uint8_t> rows(pixels * channels);
    file.read_pixels(rows);
    picture.pixels.resize(3 * pixels);
    for (std::size_t i = 0; i < pixels; ++i)
        for (std::size_t c = 0; c < 3; ++c) {
            const std::uint8_t* pixel = &rows[i * channels];
            const auto light = [&](std::size_t of) { return file.inverted() ? pixel[of] : 255 - pixel[of]; };
            picture.pixels[c * pixels + i] =
                channels == 3 ? pixel[c] : static_cast<std::uint8_t>(light(c) * light(3) / 255);
        }
    return picture;
}

}  // namespace espalier::images
