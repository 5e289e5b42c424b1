// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "dense.hpp"

namespace espalier::once_for_all {

/// A multilayer perceptron with ReLU between its layers and one output, float32: what the published accuracy predictors
/// are.
class Perceptron {
public:
    static constexpr std::size_t kLayers = 4;
    /// Reads "<prefix>_layer<0..3>_{weight,bias}.npy" in `folder`; the last layer may be without a bias.
    /// @throws Error naming the file.
    Perceptron(const std::filesystem::path& folder, const std::string& prefix);

    std::size_t inputs() const { return layers_.front().inputs(); }
    /// @param x rows of inputs() numbers, one after the other. @return an output for each.
    std::vector<float> operator()(std::span<const float> x) const;

private:
    std::vector<Dense> layers_;
};

std::filesystem::path weight_file(const std::filesystem::path& folder, const std::string& prefix, std::size_t layer);

}  // namespace espalier::once_for_all
