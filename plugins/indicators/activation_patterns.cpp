// SPDX-License-Identifier: Apache-2.0
#include "activation_patterns.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <set>

namespace espalier::indicators {

namespace {

/// The lowest bits of eight bytes that are 0 or 1, the first byte's in the lowest place.
std::uint64_t gathered(const char* eight)
{
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, eight, 8);
    if constexpr (std::endian::native == std::endian::big)
        bytes = __builtin_bswap64(bytes);
    return (bytes * 0x0102040810204080U) >> 56;
}

void pack(const char* active, std::int64_t units, std::uint64_t* words)
{
    std::int64_t unit = 0;
    for (; unit + 8 <= units; unit += 8)
        words[unit / 64] |= gathered(active + unit) << (unit % 64);
    for (; unit < units; ++unit)
        words[unit / 64] |= static_cast<std::uint64_t>(active[unit]) << (unit % 64);
}

}  // namespace

void ActivationPatterns::add(const Tensor& pre_activation)
{
    // In the order of memory, the same for every sample: which bit is which unit does not matter.
    Tensor active = pre_activation.gt(0).to(at::kCPU);
    const auto format = active.dim() == 4 && active.is_contiguous(at::MemoryFormat::ChannelsLast)
                            ? at::MemoryFormat::ChannelsLast
                            : at::MemoryFormat::Contiguous;
    active = active.contiguous(format);
    const std::int64_t units = active.numel() / samples_, words = (units + 63) / 64;
    Layer layer{words, std::vector<std::uint64_t>(static_cast<std::size_t>(samples_ * words))};
    const char* bytes = static_cast<const char*>(active.const_data_ptr());
    for (std::int64_t i = 0; i < samples_; ++i)
        pack(bytes + i * units, units, layer.bits.data() + i * words);
    units_ += units;
    layers_.push_back(std::move(layer));
}

std::int64_t ActivationPatterns::equal(std::int64_t i, std::int64_t j) const
{
    std::int64_t different = 0;
    for (const Layer& layer : layers_) {
        const std::uint64_t* a = layer.bits.data() + i * layer.words;
        const std::uint64_t* b = layer.bits.data() + j * layer.words;
        for (std::int64_t w = 0; w < layer.words; ++w)
            different += std::popcount(a[w] ^ b[w]);
    }
    return units_ - different;
}

std::size_t ActivationPatterns::distinct(std::span<const ActivationPatterns> batches)
{
    std::vector<std::vector<std::uint64_t>> rows;
    for (const ActivationPatterns& batch : batches)
        for (std::int64_t i = 0; i < batch.samples_; ++i) {
            std::vector<std::uint64_t>& row = rows.emplace_back();
            for (const Layer& layer : batch.layers_)
                row.insert(row.end(), layer.bits.begin() + i * layer.words, layer.bits.begin() + (i + 1) * layer.words);
        }
    std::sort(rows.begin(), rows.end());
    return static_cast<std::size_t>(std::unique(rows.begin(), rows.end()) - rows.begin());
}

std::function<void(const Layer&, const Tensor&, const Tensor&)> watching_relus(ActivationPatterns& patterns)
{
    return [&patterns](const Layer& layer, const Tensor& input, const Tensor&) {
        if (layer.op() == Op::relu)
            patterns.add(input);
    };
}

}  // namespace espalier::indicators
