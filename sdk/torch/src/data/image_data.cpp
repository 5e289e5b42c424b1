// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/data/image_data.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ops/empty.h>
#include <ATen/ops/tensor.h>

#include "espalier/error.hpp"
#include "espalier/torch/data/augmentation.hpp"
#include "espalier/torch/data/examples.hpp"

namespace espalier::torch_sdk {
namespace {

Normalisation measured(const Tensor& pixels)
{
    Normalisation result;
    for (std::int64_t c = 0; c < pixels.size(1); ++c) {
        // sums of bytes and of their squares are exact
        std::uint64_t sum = 0, squares = 0;
        const Tensor channel = pixels.select(1, c).contiguous();
        const auto* bytes = channel.const_data_ptr<std::uint8_t>();
        for (std::int64_t i = 0; i < channel.numel(); ++i) {
            sum += bytes[i];
            squares += static_cast<std::uint64_t>(bytes[i]) * bytes[i];
        }
        const double n = static_cast<double>(channel.numel());
        const double mean = static_cast<double>(sum) / n;
        const double variance = static_cast<double>(squares) / n - mean * mean;
        result.mean.push_back(mean / 255);
        result.deviation.push_back(variance > 0 ? std::sqrt(variance) / 255 : 1);
    }
    return result;
}

}  // namespace

ImageData::ImageData(Shape input, std::size_t classes, Normalisation normalisation, std::int64_t validation)
    : input_{input}, classes_{classes}, validation_{validation}, normalisation_{std::move(normalisation)}
{
}

ImageData::~ImageData() = default;

std::int64_t ImageData::examples(Split split) const
{
    if (split == Split::validation)
        return validation_;
    if (const std::optional<std::int64_t> known = count(split))
        return *known - (split == Split::train ? validation_ : 0);
    return images(split).labels.size(0);
}

const ImageData::Images& ImageData::images(Split split) const
{
    const std::lock_guard lock(mutex_);
    return loaded(split);
}

const ImageData::Images& ImageData::loaded(Split split) const
{
    std::optional<Images>& slot = images_[static_cast<std::size_t>(split)];
    if (slot)
        return *slot;
    if (split == Split::validation && validation_ == 0)
        return slot.emplace(
            Images{at::empty({0, input_[0], input_[1], input_[2]}, at::kByte), at::empty({0}, at::kLong)});
    Images all = load(split == Split::test ? split : Split::train);
    if (split == Split::test || validation_ == 0)
        return slot.emplace(std::move(all));
    if (validation_ >= all.labels.size(0))
        throw Error("setting " + std::to_string(validation_) + " validation images aside leaves none of the " +
                    std::to_string(all.labels.size(0)) + " training images");
    const auto [aside, kept] = set_aside(
        {all.labels.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(all.labels.numel())}, validation_);
    const auto chosen = [&](const std::vector<std::int64_t>& examples) {
        const Tensor indices = at::tensor(examples, at::kLong);
        return Images{all.pixels.index_select(0, indices), all.labels.index_select(0, indices)};
    };
    images_[static_cast<std::size_t>(Split::train)] = chosen(kept);
    images_[static_cast<std::size_t>(Split::validation)] = chosen(aside);
    return *slot;
}

Attributes ImageData::preprocessing() const
{
    return {{"mean", normalisation().mean}, {"deviation", normalisation().deviation}};
}

const Normalisation& ImageData::normalisation() const
{
    table();
    return normalisation_;
}

const std::vector<std::array<float, 256>>& ImageData::table() const
{
    const std::lock_guard lock(mutex_);
    if (!table_.empty())
        return table_;
    if (normalisation_.mean.empty())
        normalisation_ = measured(loaded(Split::train).pixels);
    return table_ = byte_values(normalisation_);
}

Batch ImageData::batch(Split split, std::span<const std::int64_t> indices, const Augmentation& augmentation,
                       Rng& rng) const
{
    const Images& all = images(split);
    const auto& values = table();
    const std::int64_t n = static_cast<std::int64_t>(indices.size());
    Batch batch{
        {at::empty({n, input_[0], input_[1], input_[2]}, at::kFloat, {}, {}, {}, at::MemoryFormat::ChannelsLast)},
        at::empty({n}, at::kLong)};
    const auto* pixels = all.pixels.const_data_ptr<std::uint8_t>();
    const auto* labels = all.labels.const_data_ptr<std::int64_t>();
    auto* x = batch.x().mutable_data_ptr<float>();
    auto* y = batch.y.mutable_data_ptr<std::int64_t>();
    const std::int64_t size = input_.elements();
    const ImageChanges changes{augmentation, input_, normalisation_, values};
    for (std::int64_t i = 0; i < n; ++i) {
        const std::int64_t index = indices[static_cast<std::size_t>(i)];
        if (index < 0 || index >= all.labels.size(0))
            throw Error("there is no example " + std::to_string(index) + " among " +
                        std::to_string(all.labels.size(0)));
        augment({pixels + index * size, static_cast<std::size_t>(size)}, input_, x + i * size, changes, rng);
        y[i] = labels[index];
    }
    return batch;
}

}  // namespace espalier::torch_sdk
