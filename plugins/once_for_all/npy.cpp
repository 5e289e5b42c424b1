// SPDX-License-Identifier: Apache-2.0
#include "npy.hpp"

#include <bit>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

#include "espalier/error.hpp"
#include "espalier/sdk/files.hpp"

namespace espalier::once_for_all {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
static_assert(std::endian::native == std::endian::little && sizeof(float) == 4, "numbers are copied as they stand");

class Header {
public:
    Header(std::string_view text, const std::string& file) : text_{text}, file_{file} {}

    [[noreturn]] void fail(const std::string& sentence) const { throw Error(file_ + ": " + sentence); }

    /// What stands behind "'key':", blanks skipped.
    std::string_view after(std::string_view key) const
    {
        const std::string quoted = "'" + std::string(key) + "':";
        const std::size_t at = text_.find(quoted);
        if (at == std::string_view::npos)
            fail("the header has no " + std::string(key));
        const std::size_t value = text_.find_first_not_of(' ', at + quoted.size());
        return value == std::string_view::npos ? std::string_view{} : text_.substr(value);
    }
    /// "(400, 128)" or "(400,)"
    std::vector<std::size_t> shape() const
    {
        std::string_view rest = after("shape");
        std::vector<std::size_t> shape;
        if (!rest.starts_with('('))
            fail("the shape in the header is no tuple");
        for (rest.remove_prefix(1); !rest.starts_with(')');) {
            std::size_t extent = 0;
            const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), extent);
            if (error != std::errc() || extent == 0 || extent > (std::size_t{1} << 24))
                fail("the shape in the header is no list of sizes from 1 to 16777216");
            shape.push_back(extent);
            rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
            while (rest.starts_with(',') || rest.starts_with(' '))
                rest.remove_prefix(1);
        }
        if (shape.empty() || shape.size() > 2)
            fail("has " + std::to_string(shape.size()) + " dimensions, allowed are 1 and 2");
        return shape;
    }

private:
    std::string_view text_;
    const std::string& file_;
};

/// Where the header begins and ends: magic, two bytes of version, its length in two bytes (from version 2 on four).
std::pair<std::size_t, std::size_t> header_span(std::string_view bytes, const std::string& file)
{
    if (!bytes.starts_with(kMagic) || bytes.size() < 12)
        throw Error(file + ": is no array file of NumPy");
    const auto version = static_cast<unsigned char>(bytes[6]);
    if (version < 1 || version > 3)
        throw Error(file + ": is of format " + std::to_string(version) + ", known are 1 to 3");
    const std::size_t length_bytes = version == 1 ? 2 : 4;
    std::size_t length = 0;
    for (std::size_t i = length_bytes; i-- > 0;)
        length = 256 * length + static_cast<unsigned char>(bytes[8 + i]);
    const std::size_t begin = 8 + length_bytes;
    if (length > bytes.size() - begin)
        throw Error(file + ": ends within the header");
    return {begin, begin + length};
}

}  // namespace

Matrix read_npy(const std::filesystem::path& path)
{
    const std::string file = path.string();
    const std::string bytes = read_file_decompressed(path);
    const auto [begin, end] = header_span(bytes, file);
    const Header header(std::string_view(bytes).substr(begin, end - begin), file);
    if (!header.after("descr").starts_with("'<f4'"))
        header.fail("holds other numbers than little-endian float32 ('<f4')");
    if (!header.after("fortran_order").starts_with("False"))
        header.fail("is stored by columns (fortran_order), needed are rows");
    const std::vector<std::size_t> shape = header.shape();
    Matrix matrix;
    matrix.rows = shape.size() == 2 ? shape[0] : 1;
    matrix.columns = shape.back();
    const std::size_t wanted = matrix.rows * matrix.columns * sizeof(float);
    if (bytes.size() - end != wanted)
        header.fail("has " + std::to_string(bytes.size() - end) + " bytes of numbers, its header says " +
                    std::to_string(wanted));
    matrix.values.resize(matrix.rows * matrix.columns);
    std::memcpy(matrix.values.data(), bytes.data() + end, wanted);
    return matrix;
}

}  // namespace espalier::once_for_all
