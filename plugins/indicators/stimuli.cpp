// SPDX-License-Identifier: Apache-2.0
#include "stimuli.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include <ATen/ATen.h>

#include "espalier/torch/tensors/generator.hpp"

namespace espalier::indicators {

namespace {

struct Rectangle {
    std::int64_t top = 0, left = 0, height = 0, width = 0;
};

Rectangle placed(std::int64_t height, std::int64_t width, const Tensor& image, Rng& rng)
{
    const auto top = static_cast<std::int64_t>(rng.below(static_cast<std::size_t>(image.size(1) - height + 1)));
    const auto left = static_cast<std::int64_t>(rng.below(static_cast<std::size_t>(image.size(2) - width + 1)));
    return {top, left, height, width};
}

Rectangle random_rectangle(const Tensor& image, const Cutout& cutout, Rng& rng)
{
    if (cutout.side > 0)
        return placed(std::min<std::int64_t>(cutout.side, image.size(1)),
                      std::min<std::int64_t>(cutout.side, image.size(2)), image, rng);
    if (rng.uniform() >= cutout.probability)
        return {};
    const auto pixels = static_cast<double>(image.size(1) * image.size(2));
    const double low = std::log(cutout.least_aspect), high = std::log(cutout.most_aspect);
    for (int attempt = 0; attempt < 10; ++attempt) {
        const double area = pixels * (cutout.least_area + rng.uniform() * (cutout.most_area - cutout.least_area));
        const double aspect = std::exp(low + rng.uniform() * (high - low));
        const auto height = std::lround(std::sqrt(area * aspect)), width = std::lround(std::sqrt(area / aspect));
        if (height <= image.size(1) && width <= image.size(2))
            return placed(height, width, image, rng);
    }
    return {};
}

/// One random square of one random channel of every image.
Tensor random_patches(const Tensor& images, std::int64_t side, Rng& rng)
{
    std::vector<Tensor> patches;
    for (std::int64_t i = 0; i < images.size(0); ++i) {
        const auto channel = static_cast<std::int64_t>(rng.below(static_cast<std::size_t>(images.size(1))));
        const Rectangle at = placed(side, side, images[i], rng);
        patches.push_back(
            images[i].narrow(0, channel, 1).narrow(1, at.top, side).narrow(2, at.left, side).contiguous());
    }
    return at::stack(patches);
}

Tensor random_images(const torch_sdk::TensorData& data, std::int64_t count, Rng& rng)
{
    const std::int64_t examples = data.examples(torch_sdk::Split::train);
    return data.batch(torch_sdk::Split::train, torch_sdk::random_indices(examples, count, rng)).x();
}

}  // namespace

Tensor cut_out(const Tensor& image, std::int64_t count, const Cutout& cutout, Rng& rng)
{
    Tensor copies = image.unsqueeze(0).repeat({count, 1, 1, 1});
    for (std::int64_t i = 0; i < count; ++i) {
        const Rectangle hole = random_rectangle(image, cutout, rng);
        if (hole.height > 0 && hole.width > 0)
            copies[i].narrow(1, hole.top, hole.height).narrow(2, hole.left, hole.width).zero_();
    }
    return copies;
}

Stimuli draw_stimuli(const torch_sdk::TensorData& data, const StimulusSizes& sizes, std::uint64_t seed, int repeat)
{
    const auto stream = [&](const char* purpose) { return std::string(purpose) + " " + std::to_string(repeat); };
    Stimuli stimuli;
    Rng images(seed, stream("images"));
    if (sizes.batch > 0) {
        stimuli.images = random_images(data, sizes.batch, images);
        stimuli.noisy = stimuli.images + sizes.noise * at::randn(stimuli.images.sizes(),
                                                                 torch_sdk::generator(seed, stream("noise")),
                                                                 stimuli.images.options());
    }
    Rng cuts(seed, stream("cutouts"));
    if (sizes.cutouts > 0)
        stimuli.cutouts = cut_out(random_images(data, 1, cuts)[0], sizes.cutouts, sizes.cutout, cuts);
    Rng kernel(seed, stream("kernel images"));
    if (sizes.kernel_batch > 0)
        stimuli.kernel_images = random_images(data, sizes.kernel_batch, kernel);
    Rng patches(seed, stream("patches"));
    if (sizes.patches > 0)
        stimuli.patches = random_patches(random_images(data, sizes.patches, patches), sizes.patch_side, patches);
    for (Tensor* x : {&stimuli.images, &stimuli.noisy, &stimuli.cutouts, &stimuli.kernel_images})
        if (x->defined())
            *x = x->contiguous(at::MemoryFormat::ChannelsLast);
    return stimuli;
}

}  // namespace espalier::indicators
