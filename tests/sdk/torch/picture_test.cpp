// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/data/picture.hpp"

#include <algorithm>
#include <cmath>

#include "catch.hpp"

using namespace espalier;
using namespace espalier::torch_sdk;

namespace {

using PictureBytes = std::vector<std::uint8_t>;

PictureBytes random_pixels(const Shape& shape)
{
    Rng rng(1);
    PictureBytes pixels(static_cast<std::size_t>(shape.elements()));
    for (std::uint8_t& pixel : pixels)
        pixel = static_cast<std::uint8_t>(rng.below(256));
    return pixels;
}

PictureBox whole_of(const Shape& shape)
{
    return {0, 0, static_cast<double>(shape[1]), static_cast<double>(shape[2])};
}

}  // namespace

TEST_CASE("a picture at its own size is itself, and a part of it what stands there", "[picture]")
{
    const Shape shape{3, 7, 5};
    const PictureBytes pixels = random_pixels(shape);
    CHECK(resampled(pixels, shape, whole_of(shape), shape) == pixels);
    const PictureBytes part = resampled(pixels, shape, {2, 1, 4, 3}, {3, 4, 3});
    for (std::int64_t c = 0; c < 3; ++c)
        for (std::int64_t y = 0; y < 4; ++y)
            for (std::int64_t x = 0; x < 3; ++x)
                CHECK(part[static_cast<std::size_t>((c * 4 + y) * 3 + x)] ==
                      pixels[static_cast<std::size_t>((c * 7 + y + 2) * 5 + x + 1)]);
}

TEST_CASE("half the size is the triangle's mean, twice the size is linear", "[picture]")
{
    const PictureBytes row{10, 20, 40, 80};  // one line
    // of four pixels at distances 1.5, 0.5, 0.5, 1.5 of the middle, weights 1/4, 3/4, 3/4, 1/4; at the borders three
    const PictureBytes half = resampled(row, {1, 1, 4}, {0, 0, 1, 4}, {1, 1, 2});
    CHECK(half == PictureBytes{static_cast<std::uint8_t>(std::lround((3 * 10 + 3 * 20 + 40) / 7.0)),
                               static_cast<std::uint8_t>(std::lround((20 + 3 * 40 + 3 * 80) / 7.0))});
    const PictureBytes twice = resampled(row, {1, 1, 4}, {0, 0, 1, 4}, {1, 1, 8});
    CHECK(twice == PictureBytes{10, 13, 18, 25, 35, 50, 70, 80});
}

TEST_CASE("one colour stays that colour at any size", "[picture]")
{
    for (const std::uint8_t colour : {0, 1, 127, 254, 255})
        for (const Shape& shape : {Shape{3, 1, 1}, Shape{3, 100, 3}, Shape{3, 31, 77}}) {
            const PictureBytes pixels(static_cast<std::size_t>(shape.elements()), colour);
            for (const double part : {0.3, 1.0}) {
                const PictureBytes seen = resampled(pixels, shape, central_box(shape, {3, 8, 12}, part), {3, 8, 12});
                CHECK(std::ranges::all_of(seen, [&](std::uint8_t pixel) { return pixel == colour; }));
            }
        }
}

TEST_CASE("the central box has the output's proportions", "[picture]")
{
    const auto is = [](const PictureBox& box, double top, double left, double height, double width) {
        CHECK(box.top == Approx(top));
        CHECK(box.left == Approx(left));
        CHECK(box.height == Approx(height));
        CHECK(box.width == Approx(width));
    };
    is(central_box({3, 256, 340}, {3, 224, 224}, 0.875), 16, 58, 224, 224);
    is(central_box({3, 340, 256}, {3, 8, 8}), 42, 0, 256, 256);
    is(central_box({3, 100, 100}, {3, 10, 20}), 25, 0, 50, 100);
}

TEST_CASE("random boxes lie within the picture and are as large and as wide as asked", "[picture]")
{
    const Shape shape{3, 120, 160};
    Rng rng(3);
    double least = 1, most = 0, narrow = 10, wide = 0, left = 1e9, right = 0;
    for (int i = 0; i < 2000; ++i) {
        const PictureBox box = random_box(shape, 0.08, rng);
        CHECK(box.top >= 0);
        CHECK(box.left >= 0);
        CHECK(box.top + box.height <= 120);
        CHECK(box.left + box.width <= 160);
        const double area = box.height * box.width / (120 * 160);
        least = std::min(least, area);
        most = std::max(most, area);
        narrow = std::min(narrow, box.width / box.height);
        wide = std::max(wide, box.width / box.height);
        left = std::min(left, box.left);
        right = std::max(right, box.left + box.width);
    }
    CHECK(least > 0.075);
    CHECK(least < 0.1);
    CHECK(most > 0.95);
    CHECK(narrow > 0.72);
    CHECK(narrow < 0.78);
    CHECK(wide < 1.38);
    CHECK(wide > 1.28);
    CHECK(left == 0);
    CHECK(right == 160);
}

TEST_CASE("a picture that no box of these proportions fits into gives its middle", "[picture]")
{
    Rng rng(3);
    const PictureBox box = random_box({3, 2, 1000}, 0.9, rng);
    CHECK(box.height == 2);
    CHECK(box.width == Approx(8.0 / 3));
    CHECK(box.left == Approx(500 - 4.0 / 3));
    const PictureBox dot = random_box({3, 1, 1}, 0.08, rng);
    CHECK(dot.top + dot.height <= 1);
    CHECK(dot.left + dot.width <= 1);
}
