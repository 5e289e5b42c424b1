// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/data/augmentation.hpp"

#include <algorithm>

#include "espalier/torch/data/picture.hpp"

namespace espalier::torch_sdk {
namespace {

/// Where an output pixel comes from.
struct Placement {
    std::int64_t down = 0, right = 0;  // output (y, x) is input (y + down, x + right), black outside
    bool flipped = false;
};

Placement draw(const Augmentation& augmentation, Rng& rng)
{
    Placement placement;
    if (augmentation.crop_padding > 0) {
        const auto offsets = 2 * static_cast<std::size_t>(augmentation.crop_padding) + 1;
        placement.down = static_cast<std::int64_t>(rng.below(offsets)) - augmentation.crop_padding;
        placement.right = static_cast<std::int64_t>(rng.below(offsets)) - augmentation.crop_padding;
    }
    placement.flipped = augmentation.flip && rng.below(2) == 1;
    return placement;
}

void place(const std::uint8_t* from, float* to, const ImageChanges& changes, const Placement& placement)
{
    const std::int64_t channels = changes.shape[0], height = changes.shape[1], width = changes.shape[2];
    for (std::int64_t c = 0; c < channels; ++c) {
        const std::array<float, 256>& value = changes.values[static_cast<std::size_t>(c)];
        for (std::int64_t y = 0; y < height; ++y) {
            const std::int64_t row = y + placement.down;
            const std::uint8_t* source = from + (c * height + row) * width;
            float* target = to + y * width * channels + c;
            for (std::int64_t x = 0; x < width; ++x, target += channels) {
                const std::int64_t column = (placement.flipped ? width - 1 - x : x) + placement.right;
                const bool inside = row >= 0 && row < height && column >= 0 && column < width;
                *target = value[inside ? source[column] : 0];
            }
        }
    }
}

/// What a pixel weighs without its colour: luma of three channels (ITU-R BT.601), the mean of any other number.
float grey(const float* pixel, std::size_t channels)
{
    if (channels == 3)
        return 0.299F * pixel[0] + 0.587F * pixel[1] + 0.114F * pixel[2];
    float sum = 0;
    for (std::size_t c = 0; c < channels; ++c)
        sum += pixel[c];
    return sum / static_cast<float>(channels);
}

/// Pixels in [0, 1], [pixels, channels].
class Colours {
public:
    Colours(const float* image, const ImageChanges& changes)
        : channels_{static_cast<std::size_t>(changes.shape[0])},
          pixels_(static_cast<std::size_t>(changes.shape.elements()))
    {
        for (std::size_t i = 0; i < pixels_.size(); ++i) {
            const auto [mean, deviation] = of(changes, i);
            pixels_[i] = image[i] * deviation + mean;
        }
    }
    void brighten(float factor)
    {
        blend([](const float*) { return 0.0F; }, factor);
    }
    void contrast(float factor)
    {
        double sum = 0;
        for (std::size_t i = 0; i < pixels_.size(); i += channels_)
            sum += static_cast<double>(grey(&pixels_[i], channels_));
        const auto mean =
            static_cast<float>(sum * static_cast<double>(channels_) / static_cast<double>(pixels_.size()));
        blend([mean](const float*) { return mean; }, factor);
    }
    void saturate(float factor)
    {
        blend([this](const float* pixel) { return grey(pixel, channels_); }, factor);
    }
    void put_into(float* image, const ImageChanges& changes) const
    {
        for (std::size_t i = 0; i < pixels_.size(); ++i) {
            const auto [mean, deviation] = of(changes, i);
            image[i] = (pixels_[i] - mean) / deviation;
        }
    }

private:
    std::pair<float, float> of(const ImageChanges& changes, std::size_t i) const
    {
        const std::size_t c = i % channels_;
        return {static_cast<float>(changes.normalisation.mean[c]),
                static_cast<float>(changes.normalisation.deviation[c])};
    }
    /// factor * pixel + (1 - factor) * what `other` says of it, kept within [0, 1].
    template <class Other>
    void blend(const Other& other, float factor)
    {
        for (std::size_t i = 0; i < pixels_.size(); i += channels_) {
            const float towards = (1 - factor) * other(&pixels_[i]);
            for (std::size_t c = i; c < i + channels_; ++c)
                pixels_[c] = std::clamp(factor * pixels_[c] + towards, 0.0F, 1.0F);
        }
    }

    std::size_t channels_;
    std::vector<float> pixels_;
};

void jitter(float* image, const ImageChanges& changes, Rng& rng)
{
    const auto factor = [&] {
        return static_cast<float>(1 + changes.augmentation.colour_jitter * (2 * rng.uniform() - 1));
    };
    Colours colours(image, changes);
    colours.brighten(factor());
    colours.contrast(factor());
    colours.saturate(factor());
    colours.put_into(image, changes);
}

void cut_out(float* image, const ImageChanges& changes, Rng& rng)
{
    const std::int64_t channels = changes.shape[0], height = changes.shape[1], width = changes.shape[2];
    const std::int64_t side = changes.augmentation.cutout;
    const auto top = static_cast<std::int64_t>(rng.below(static_cast<std::size_t>(height))) - side / 2;
    const auto left = static_cast<std::int64_t>(rng.below(static_cast<std::size_t>(width))) - side / 2;
    for (std::int64_t y = std::max<std::int64_t>(0, top); y < std::min(height, top + side); ++y) {
        const std::int64_t from = std::max<std::int64_t>(0, left), to = std::min(width, left + side);
        std::fill(image + (y * width + from) * channels, image + (y * width + to) * channels, 0.0F);
    }
}

}  // namespace

ByteValues byte_values(const Normalisation& normalisation)
{
    ByteValues values(normalisation.mean.size());
    for (std::size_t c = 0; c < values.size(); ++c)
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const double value = static_cast<double>(byte) / 255;
            values[c][byte] = static_cast<float>((value - normalisation.mean[c]) / normalisation.deviation[c]);
        }
    return values;
}

void augment(std::span<const std::uint8_t> from, const Shape& given, float* to, const ImageChanges& changes, Rng& rng)
{
    const double least_area = changes.augmentation.resized_crop;
    std::vector<std::uint8_t> sized;
    if (least_area > 0)
        sized = resampled(from, given, random_box(given, least_area, rng), changes.shape);
    else if (given != changes.shape)
        sized = resampled(from, given, central_box(given, changes.shape, changes.centre), changes.shape);
    place(sized.empty() ? from.data() : sized.data(), to, changes, draw(changes.augmentation, rng));
    if (changes.augmentation.colour_jitter > 0)
        jitter(to, changes, rng);
    if (changes.augmentation.cutout > 0)
        cut_out(to, changes, rng);
}

}  // namespace espalier::torch_sdk
