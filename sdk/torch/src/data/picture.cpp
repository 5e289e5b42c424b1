// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/data/picture.hpp"

#include <algorithm>
#include <cmath>

namespace espalier::torch_sdk {
namespace {

constexpr double kNarrowest = 3.0 / 4, kWidest = 4.0 / 3;  // width by height

PictureBox in_the_middle(const Shape& picture, double height, double width)
{
    return {(static_cast<double>(picture[1]) - height) / 2, (static_cast<double>(picture[2]) - width) / 2, height,
            width};
}

/// What an output pixel is the weighted sum of: inputs from `first` on.
struct Taps {
    std::int64_t first = 0;
    std::vector<float> weights;
};

/// One axis: `count` outputs over [begin, begin + length) of `size` inputs.
std::vector<Taps> taps(double begin, double length, std::int64_t count, std::int64_t size)
{
    std::vector<Taps> all;
    const double step = length / static_cast<double>(count), reach = std::max(step, 1.0);
    for (std::int64_t i = 0; i < count; ++i) {
        const double middle = begin + (static_cast<double>(i) + 0.5) * step;  // pixel k spans [k, k + 1)
        const auto first = std::clamp(static_cast<std::int64_t>(std::floor(middle - reach)), std::int64_t{0}, size - 1);
        const auto last = std::clamp(static_cast<std::int64_t>(std::ceil(middle + reach)), first + 1, size);
        Taps& own = all.emplace_back();
        own.first = first;
        double sum = 0;
        for (std::int64_t k = first; k < last; ++k) {
            const double weight = std::max(0.0, 1 - std::abs(static_cast<double>(k) + 0.5 - middle) / reach);
            own.weights.push_back(static_cast<float>(weight));
            sum += weight;
        }
        for (float& weight : own.weights)
            weight = static_cast<float>(weight / sum);
    }
    return all;
}

}  // namespace

PictureBox central_box(const Shape& picture, const Shape& output, double part)
{
    const auto height = static_cast<double>(picture[1]), width = static_cast<double>(picture[2]);
    const double proportion = static_cast<double>(output[2]) / static_cast<double>(output[1]);
    const double largest = std::min(height, width / proportion);  // of heights
    return in_the_middle(picture, part * largest, part * largest * proportion);
}

PictureBox random_box(const Shape& picture, double least_area, Rng& rng)
{
    const auto height = static_cast<double>(picture[1]), width = static_cast<double>(picture[2]);
    for (int tries = 0; tries < 10; ++tries) {
        const double area = height * width * (least_area + (1 - least_area) * rng.uniform());
        const double proportion =
            std::exp(std::log(kNarrowest) + (std::log(kWidest) - std::log(kNarrowest)) * rng.uniform());
        const double own_width = std::round(std::sqrt(area * proportion));
        const double own_height = std::round(std::sqrt(area / proportion));
        if (own_width < 1 || own_height < 1 || own_width > width || own_height > height)
            continue;
        const std::size_t top = rng.below(static_cast<std::size_t>(height - own_height) + 1);
        const std::size_t left = rng.below(static_cast<std::size_t>(width - own_width) + 1);
        return {static_cast<double>(top), static_cast<double>(left), own_height, own_width};
    }
    const double proportion = std::clamp(width / height, kNarrowest, kWidest);
    const double fitting = std::min(height, width / proportion);
    return in_the_middle(picture, fitting, fitting * proportion);
}

std::vector<std::uint8_t> resampled(std::span<const std::uint8_t> pixels, const Shape& picture, const PictureBox& box,
                                    const Shape& output)
{
    const std::int64_t channels = picture[0], height = picture[1], width = picture[2];
    const std::vector<Taps> columns = taps(box.left, box.width, output[2], width);
    const std::vector<Taps> rows = taps(box.top, box.height, output[1], height);
    const std::int64_t top = rows.front().first;
    const std::int64_t bottom = rows.back().first + std::ssize(rows.back().weights);
    std::vector<float> narrowed(static_cast<std::size_t>((bottom - top) * output[2]));  // of one channel
    std::vector<std::uint8_t> result(static_cast<std::size_t>(output.elements()));
    std::uint8_t* to = result.data();
    std::vector<float> sums(static_cast<std::size_t>(output[2]));
    for (std::int64_t c = 0; c < channels; ++c) {
        float* narrow = narrowed.data();
        for (std::int64_t y = top; y < bottom; ++y) {
            const std::uint8_t* row = pixels.data() + (c * height + y) * width;
            for (const Taps& own : columns) {
                const std::uint8_t* from = row + own.first;
                float sum = 0;
                for (const float weight : own.weights)
                    sum += weight * static_cast<float>(*from++);
                *narrow++ = sum;
            }
        }
        for (const Taps& own : rows) {
            std::ranges::fill(sums, 0.5F);  // to the nearest
            const float* from = narrowed.data() + (own.first - top) * output[2];
            for (const float weight : own.weights)
                for (float& sum : sums)
                    sum += weight * *from++;
            for (const float sum : sums)
                *to++ = static_cast<std::uint8_t>(std::clamp(sum, 0.0F, 255.0F));
        }
    }
    return result;
}

}  // namespace espalier::torch_sdk
