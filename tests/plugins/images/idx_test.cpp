// SPDX-License-Identifier: Apache-2.0
#include "idx.hpp"

#include <ATen/core/Tensor.h>

#include "espalier/error.hpp"

#include "catch.hpp"
#include "toys/temporary_folder.hpp"

using namespace espalier;
using images::Idx;
using torch_sdk::Split;

namespace {

constexpr const char* kFashion = "/usr/share/datasets/fashion-mnist";

std::string header(const std::vector<std::uint32_t>& extents, char type = 8)
{
    std::string bytes{'\0', '\0', type, static_cast<char>(extents.size())};
    for (const std::uint32_t extent : extents) {
        for (int shift = 24; shift >= 0; shift -= 8)
            bytes += static_cast<char>(extent >> shift & 255U);
    }
    return bytes;
}

/// `n` images of 2 x 3 whose bytes count up, labels i mod 4.
void write_split(const TemporaryFolder& folder, const std::string& split, std::uint32_t n)
{
    std::string images = header({n, 2, 3}), labels = header({n});
    for (std::uint32_t i = 0; i < n * 6; ++i)
        images += static_cast<char>(i);
    for (std::uint32_t i = 0; i < n; ++i)
        labels += static_cast<char>(i % 4);
    folder.write(split + "-images-idx3-ubyte", images);
    folder.write(split + "-labels-idx1-ubyte", labels);
}

TemporaryFolder& written(TemporaryFolder& folder)
{
    write_split(folder, "train", 8);
    write_split(folder, "t10k", 4);
    return folder;
}

}  // namespace

TEST_CASE("bytes stand where the format says", "[images]")
{
    TemporaryFolder folder;
    const Idx data({.path = written(folder).path(), .classes = 4}, Setup{});
    CHECK(data.input() == Shape{1, 2, 3});
    CHECK(data.classes() == 4);
    CHECK(data.examples(Split::train) == 8);
    CHECK(data.examples(Split::test) == 4);
    const auto& images = data.images(Split::train);
    CHECK(images.pixels[5][0][1][2].item<int>() == 5 * 6 + 5);
    CHECK(images.labels[5].item<int>() == 1);
}

TEST_CASE("Fashion-MNIST has its published labels, mean and deviation", "[images]")
{
    if (!std::filesystem::exists(kFashion)) {
        WARN("skipped: " << kFashion << " is not there (Debian package dataset-fashion-mnist)");
        return;
    }
    const Idx data({.path = kFashion}, Setup{});
    CHECK(data.input() == Shape{1, 28, 28});
    CHECK(data.examples(Split::train) == 60'000);
    CHECK(data.examples(Split::test) == 10'000);
    for (int c = 0; c < 10; ++c)
        CHECK(data.images(Split::train).labels.eq(c).sum().item<int>() == 6'000);
    CHECK(data.images(Split::train).labels[0].item<int>() == 9);  // an ankle boot
    CHECK(data.normalisation().mean.at(0) == Approx(0.2860).margin(5e-5));
    CHECK(data.normalisation().deviation.at(0) == Approx(0.3530).margin(5e-5));
}

TEST_CASE("headers that contradict are refused before anything is read", "[images]")
{
    TemporaryFolder folder;
    written(folder);
    const auto refused = [&](const std::string& sentence) {
        CHECK_THROWS_WITH(Idx({.path = folder.path()}, Setup{}), ContainsSubstring(sentence));
        written(folder);
    };
    folder.write("train-labels-idx1-ubyte", header({7}));
    refused("one label for each of the 8 images");
    folder.write("t10k-images-idx3-ubyte", header({4, 3, 3}));
    refused("images of 1x3x3, but the training images are 1x2x3");
    folder.write("train-images-idx3-ubyte", header({8, 2, 3}, 9));
    refused("not of unsigned bytes");
    folder.write("train-images-idx3-ubyte", "P6 28 28 255");
    refused("not an IDX file");
    std::filesystem::remove(folder / "t10k-labels-idx1-ubyte");
    refused("has no file t10k-labels-idx1-ubyte");
    CHECK_THROWS_WITH(Idx({.path = folder.path(), .mean = {0.5}}, Setup{}), ContainsSubstring("as many numbers"));
    CHECK_THROWS_WITH(Idx({.path = folder.path(), .mean = {0.5, 0.5}, .deviation = {1, 1}}, Setup{}),
                      ContainsSubstring("each of the 1 channels"));
}

TEST_CASE("contents that are too short, too long or mislabelled are refused and named", "[images]")
{
    TemporaryFolder folder;
    const Idx data({.path = written(folder).path(), .classes = 3}, Setup{});
    CHECK_THROWS_WITH(data.images(Split::train), ContainsSubstring("label 3 of image 3 is not below `classes`, 3"));
    folder.write("t10k-images-idx3-ubyte", header({4, 2, 3}) + std::string(23, '\0'));
    CHECK_THROWS_WITH(data.images(Split::test), ContainsSubstring("t10k-images-idx3-ubyte: has 39 bytes"));
}
