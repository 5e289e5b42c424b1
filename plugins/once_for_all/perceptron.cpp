// SPDX-License-Identifier: Apache-2.0
#include "perceptron.hpp"

#include <algorithm>

#include "espalier/error.hpp"

namespace espalier::once_for_all {
namespace {

constexpr std::size_t kAtOnce = 64;  // their activations stay in the cache

std::filesystem::path bias_file(const std::filesystem::path& folder, const std::string& prefix, std::size_t layer)
{
    return folder / (prefix + "_layer" + std::to_string(layer) + "_bias.npy");
}

}  // namespace

std::filesystem::path weight_file(const std::filesystem::path& folder, const std::string& prefix, std::size_t layer)
{
    return folder / (prefix + "_layer" + std::to_string(layer) + "_weight.npy");
}

Perceptron::Perceptron(const std::filesystem::path& folder, const std::string& prefix)
{
    for (std::size_t i = 0; i < kLayers; ++i) {
        const std::filesystem::path file = weight_file(folder, prefix, i), bias = bias_file(folder, prefix, i);
        std::error_code none;
        const bool biased = i + 1 < kLayers || std::filesystem::exists(bias, none);
        try {
            layers_.emplace_back(read_npy(file), biased ? read_npy(bias) : Matrix{});
        } catch (const Error& error) {
            const std::string text = error.what();
            throw Error(text.find(".npy") == std::string::npos ? file.string() + ": " + text : text);
        }
        if (i > 0 && layers_[i].inputs() != layers_[i - 1].outputs())
            throw Error(file.string() + ": takes " + std::to_string(layers_[i].inputs()) +
                        " numbers, the layer before gives " + std::to_string(layers_[i - 1].outputs()));
    }
    if (layers_.back().outputs() != 1)
        throw Error(weight_file(folder, prefix, kLayers - 1).string() + ": gives " +
                    std::to_string(layers_.back().outputs()) + " numbers, needed is one");
}

std::vector<float> Perceptron::operator()(std::span<const float> x) const
{
    const std::size_t count = x.size() / inputs();
    std::vector<float> results(count), now, next;
    for (std::size_t first = 0; first < count; first += kAtOnce) {
        const std::size_t rows = std::min(kAtOnce, count - first);
        const float* from = x.data() + first * inputs();
        std::size_t stride = inputs();
        for (const Dense& layer : layers_) {
            next.resize(rows * layer.stride());
            layer(from, stride, rows, next.data());
            if (&layer != &layers_.back())
                std::transform(next.begin(), next.end(), next.begin(), [](float v) { return v > 0 ? v : 0; });
            now.swap(next);
            from = now.data();
            stride = layer.stride();
        }
        for (std::size_t row = 0; row < rows; ++row)
            results[first + row] = now[row * stride];
    }
    return results;
}

}  // namespace espalier::once_for_all
