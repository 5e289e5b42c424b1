// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/data/data.hpp"

#include <algorithm>
#include <numeric>

#include "espalier/error.hpp"

namespace espalier::torch_sdk {

TensorData::~TensorData() = default;

Batch TensorData::batch(Split split, std::span<const std::int64_t> indices) const
{
    Rng unused(0);
    return batch(split, indices, Augmentation{}, unused);
}

const Task& TensorData::task() const
{
    static const Classification classification;
    return classification;
}

const TensorData& tensors(const Setup& setup)
{
    const auto* data = dynamic_cast<const TensorData*>(setup.data);
    if (data == nullptr)
        throw Error("needs data with tensors, e.g. data: {use: cifar10, path: ...}");
    return *data;
}

Epoch::Epoch(const TensorData& data, Split split, std::vector<std::int64_t> indices, std::int64_t batch,
             const Augmentation& augmentation, const Rng& rng)
    : data_{data}, order_{std::move(indices)}, batch_{batch}, augmentation_{augmentation}, rng_{rng}, split_{split}
{
}

std::int64_t Epoch::batches() const
{
    return (static_cast<std::int64_t>(order_.size()) + batch_ - 1) / batch_;
}

std::optional<Batch> Epoch::next()
{
    const std::int64_t n = std::min(batch_, static_cast<std::int64_t>(order_.size()) - position_);
    if (n <= 0)
        return std::nullopt;
    const auto first = static_cast<std::size_t>(position_);
    position_ += n;
    return data_.batch(split_, std::span(order_).subspan(first, static_cast<std::size_t>(n)), augmentation_, rng_);
}

std::vector<std::int64_t> first_indices(std::int64_t n)
{
    std::vector<std::int64_t> indices(static_cast<std::size_t>(n));
    std::iota(indices.begin(), indices.end(), 0);
    return indices;
}

std::vector<std::int64_t> random_indices(std::int64_t n, std::int64_t count, Rng& rng)
{
    if (count > n)
        throw Error(std::to_string(count) + " different examples are wanted, there are " + std::to_string(n));
    std::vector<std::int64_t> indices = first_indices(n);
    choose(indices, static_cast<std::size_t>(count), rng);
    indices.resize(static_cast<std::size_t>(count));
    return indices;
}

}  // namespace espalier::torch_sdk
