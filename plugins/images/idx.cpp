// SPDX-License-Identifier: Apache-2.0
#include "idx.hpp"

#include <algorithm>
#include <cstring>

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include "espalier/sdk/files.hpp"
#include "espalier/torch/tensors/boundary.hpp"

#include "image_file.hpp"

namespace espalier::images {
namespace {

using torch_sdk::Split;

constexpr std::size_t kLongestHeader = 20;

struct Header {
    std::vector<std::int64_t> extents;
    std::size_t bytes = 0;  // of the header itself
};

std::uint32_t big_endian(std::string_view bytes, std::size_t at)
{
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
        value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
}

// 0, 0, type 8 (unsigned bytes), number of extents; then the extents
Header read_header(std::string_view bytes, const std::filesystem::path& file)
{
    const auto refuse = [&](const char* sentence) { throw Error(file.string() + ": " + sentence); };
    if (bytes.size() < 8 || bytes[0] != 0 || bytes[1] != 0)
        refuse("not an IDX file");
    if (bytes[2] != 8)
        refuse("an IDX file, but not of unsigned bytes");
    Header header;
    const auto rank = static_cast<unsigned char>(bytes[3]);
    header.bytes = 4 + std::size_t{4} * rank;
    if (rank < 1 || rank > 4 || bytes.size() < header.bytes)
        refuse("an IDX file with too many extents, or cut short");
    for (std::size_t i = 0; i < rank; ++i)
        header.extents.push_back(big_endian(bytes, 4 + 4 * i));
    return header;
}

Header header_of(const std::filesystem::path& file)
{
    return read_header(read_beginning_decompressed(file, kLongestHeader), file);
}

std::filesystem::path images_file(const std::filesystem::path& folder, Split split)
{
    return image_file(folder, split == Split::train ? "train-images-idx3-ubyte" : "t10k-images-idx3-ubyte");
}

std::filesystem::path labels_file(const std::filesystem::path& folder, Split split)
{
    return image_file(folder, split == Split::train ? "train-labels-idx1-ubyte" : "t10k-labels-idx1-ubyte");
}

// [n, h, w] is one channel, [n, c, h, w] several
Shape image_shape(const Header& header, const std::filesystem::path& file)
{
    const auto& extents = header.extents;
    if (extents.size() < 3)
        throw Error(file.string() + ": holds no images");
    if (extents.size() == 3)
        return {1, extents[1], extents[2]};
    return {extents[1], extents[2], extents[3]};
}

Shape checked_shape(const std::filesystem::path& folder)
{
    Shape shape;
    for (const Split split : {Split::train, Split::test}) {
        const std::filesystem::path images = images_file(folder, split), labels = labels_file(folder, split);
        const Header image_header = header_of(images), label_header = header_of(labels);
        const Shape found = image_shape(image_header, images);
        if (label_header.extents.size() != 1 || label_header.extents[0] != image_header.extents[0])
            throw Error(labels.string() + ": does not hold one label for each of the " +
                        std::to_string(image_header.extents[0]) + " images");
        if (split == Split::test && found != shape)
            throw Error(images.string() + ": images of " + to_string(found) + ", but the training images are " +
                        to_string(shape));
        shape = found;
    }
    return shape;
}

Shape checked_options(const Idx::Options& options)
{
    Shape shape;
    try {
        shape = checked_shape(options.path);
    } catch (const OptionError&) {
        throw;
    } catch (const Error& error) {
        throw OptionError("path", error.what());
    }
    const std::int64_t training = header_of(images_file(options.path, Split::train)).extents[0];
    if (options.validation >= std::max<std::int64_t>(training, 1))
        throw OptionError("validation", std::to_string(options.validation) + " leaves none of the " +
                                            std::to_string(training) + " training images");
    const auto channels = static_cast<std::size_t>(shape[0]);
    if (options.mean.size() != options.deviation.size())
        throw OptionError("deviation", "needs as many numbers as `mean`, or neither is given");
    if (!options.mean.empty() && options.mean.size() != channels)
        throw OptionError("mean", "needs one number for each of the " + std::to_string(channels) + " channels");
    return shape;
}

std::string content(const std::filesystem::path& file, Header& header)
{
    std::string bytes = read_file_decompressed(file);
    header = read_header(bytes, file);
    std::size_t expected = 1;
    for (const std::int64_t extent : header.extents)
        if (__builtin_mul_overflow(expected, static_cast<std::size_t>(extent), &expected))
            throw Error(file.string() + ": its header announces more numbers than any file holds");
    expected += header.bytes;
    if (bytes.size() != expected)
        throw Error(file.string() + ": has " + std::to_string(bytes.size()) + " bytes, its header announces " +
                    std::to_string(expected));
    return bytes;
}

}  // namespace

Idx::Idx(const Options& options, const Setup&)
    : ImageData(checked_options(options), static_cast<std::size_t>(options.classes), {options.mean, options.deviation},
                options.validation),
      path_{options.path}
{
}

std::optional<std::int64_t> Idx::count(Split split) const
{
    return header_of(images_file(path_, split)).extents[0];
}

torch_sdk::ImageData::Images Idx::load(Split split) const
{
    return torch_sdk::translated("reading IDX files", [&] {
        Header header;
        const std::filesystem::path images_path = images_file(path_, split), labels_path = labels_file(path_, split);
        const std::string pixels = content(images_path, header);
        if (image_shape(header, images_path) != input())
            throw Error(images_path.string() + ": has changed since the experiment was checked");
        const std::int64_t n = header.extents[0];
        Images images{at::empty({n, input()[0], input()[1], input()[2]}, at::kByte), at::empty({n}, at::kLong)};
        std::memcpy(images.pixels.mutable_data_ptr<std::uint8_t>(), pixels.data() + header.bytes,
                    pixels.size() - header.bytes);
        const std::string labels = content(labels_path, header);
        if (header.extents != std::vector{n})
            throw Error(labels_path.string() + ": does not hold one label for each of the " + std::to_string(n) +
                        " images");
        auto* to = images.labels.mutable_data_ptr<std::int64_t>();
        for (std::int64_t i = 0; i < n; ++i) {
            to[i] = static_cast<unsigned char>(labels[header.bytes + static_cast<std::size_t>(i)]);
            if (to[i] >= static_cast<std::int64_t>(classes()))
                throw Error(labels_path.string() + ": label " + std::to_string(to[i]) + " of image " +
                            std::to_string(i) + " is not below `classes`, " + std::to_string(classes()));
        }
        return images;
    });
}

}  // namespace espalier::images
