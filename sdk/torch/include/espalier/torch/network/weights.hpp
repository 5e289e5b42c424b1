// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <ATen/core/Tensor.h>

#include "espalier/torch/network/statistics.hpp"

namespace espalier::torch_sdk {
using at::Tensor;

/// How weights begin. Normalisations begin with scale 1, shift 0, mean 0, variance 1 always.
struct Initialisation {
    /// `uniform`: U(-b, b), b = 1 / sqrt(fan_in), weights and biases, LibTorch's own default. `kaiming_*`: normal with
    /// variance 2 / fan (He et al., ICCV 2015), biases 0. fan_out of grouped convolutions counts all outputs, as
    /// LibTorch does.
    enum class Kind : std::uint8_t { uniform, kaiming_fan_in, kaiming_fan_out };
    Kind convolution = Kind::uniform;
    Kind linear = Kind::uniform;
};

/// The tensors of the layers that share one weight name.
struct ESPALIER_API LayerWeights {
    Tensor weight, bias;                                ///< undefined where the operation has none
    std::map<std::string, Tensor, std::less<>> others;  ///< those with other names
    /// @throws Error if there is none of this name.
    const Tensor& operator[](std::string_view name) const;
    Tensor& tensor(const std::string& name);  ///< undefined until somebody sets it
};

/// One tensor and its name, "cell1.edge0.conv.weight".
struct NamedTensor {
    std::string name;
    Tensor value;
    bool trainable = true;  ///< running statistics are not
};

/// The named weights of a network or super-network, each at its largest size: narrower layers use the leading slice,
/// smaller kernels the centre. The initial value of a tensor depends on seed, name and size only, so networks that
/// share names begin alike whatever else they contain. Convolution weights lie channels_last on the CPU.
///
/// Not copyable by accident: copies would share storage. `forward` only reads them, so several threads may run one set
/// of weights.
class ESPALIER_API Weights {
public:
    Weights(const Network&, const Initialisation&, std::uint64_t seed, at::ScalarType = at::kFloat,
            const c10::Device& = c10::Device(c10::kCPU));
    Weights(const Weights&) = delete;
    Weights& operator=(const Weights&) = delete;
    Weights(Weights&&) noexcept;
    Weights& operator=(Weights&&) noexcept;
    ~Weights();

    /// The same parameters, in the same memory, with gradients of their own and without running statistics: for threads
    /// that go backward at once.
    Weights shared() const;

    /// All tensors in the order in which the network first uses them, its own statistics among them. Parameters require
    /// gradients unless switched off.
    std::span<const NamedTensor> tensors() const { return tensors_; }
    std::vector<Tensor> parameters() const;  ///< the trainable ones, same order
    void require_gradients(bool);            ///< of the parameters; on at first

    /// The tensors behind the weight name of a layer. @throws Error if there is none of this name.
    const LayerWeights& layer(std::string_view weights) const;
    /// One tensor by its full name. @throws Error naming the nearest.
    const Tensor& at(std::string_view name) const;

    /// Their own running statistics: those of evaluation mode unless `forward` is given others, and moved by training
    /// that is given these. Saved and loaded with the weights, "<name>.running_mean" and "<name>.running_var".
    Statistics& statistics() { return statistics_; }
    const Statistics& statistics() const { return statistics_; }

    at::ScalarType dtype() const { return dtype_; }
    const c10::Device& device() const { return device_; }

    /// One file "weights" in `folder`. @throws Error.
    void save(const std::string& folder) const;
    /// Overwrites the values in place. @throws Error naming the file if it is missing, damaged or of another network.
    void load(const std::string& folder);
    /// The same with values of these names and sizes in this order: `tensors` of another object, or a file's.
    /// @throws Error if they are another network's.
    void assign(std::span<const std::pair<std::string, Tensor>> values);

private:
    Weights(at::ScalarType, const c10::Device&);  // none yet
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
    };
    Statistics statistics_;
    std::vector<NamedTensor> tensors_;
    std::unordered_map<std::string, LayerWeights, Hash, std::equal_to<>> layers_;
    at::ScalarType dtype_;
    c10::Device device_;
};

}  // namespace espalier::torch_sdk
