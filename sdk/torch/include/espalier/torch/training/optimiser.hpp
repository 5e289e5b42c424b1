// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ATen/core/Tensor.h>

#include "espalier/export.hpp"

namespace espalier::torch_sdk {
using at::Tensor;

/// Stochastic gradient descent as LibTorch's: g += weight_decay * w; v = momentum * v + g; w -= rate * (g + momentum *
/// v with Nesterov, else v).
struct Sgd {
    double learning_rate = 0.1;
    double momentum = 0;
    double weight_decay = 0;
    bool nesterov = false;
    double clip = 0;  ///< largest norm of all gradients together; 0: no limit
};

/// Kingma and Ba, ICLR 2015, Algorithm 1; weight decay is added to the gradient.
struct Adam {
    double learning_rate = 1e-3;
    double beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
    double weight_decay = 0;
    double clip = 0;
};

/// Parameters that learn alike, and how they differ from the optimiser's options.
struct ParameterGroup {
    std::vector<Tensor> parameters;
    double rate_factor = 1;                             ///< times the learning rate
    std::optional<double> weight_decay = std::nullopt;  ///< none: the options'
};

/// Moves parameters against their gradients. Parameters without a gradient stay where they are, bit by bit, and so do
/// their momentum and moments: a weight that a sampled path does not use neither decays nor drifts.
class ESPALIER_API Optimiser {
public:
    Optimiser(std::vector<Tensor> parameters, const Sgd&);
    Optimiser(std::vector<Tensor> parameters, const Adam&);
    Optimiser(std::vector<ParameterGroup>, const Sgd&);
    Optimiser(std::vector<ParameterGroup>, const Adam&);
    Optimiser(Optimiser&&) noexcept;
    Optimiser& operator=(Optimiser&&) noexcept;
    ~Optimiser();

    void step(const Tensor& loss);  ///< forgets old gradients, backward, clip, move
    void step();                    ///< moves by the gradients that are there, then forgets them
    void forget_gradients();
    void set_learning_rate(double);
    double learning_rate() const;

    /// File "<name>" in `folder`; `load` restores it exactly. @throws Error naming the file.
    void save(const std::string& folder, std::string_view name) const;
    void load(const std::string& folder, std::string_view name);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace espalier::torch_sdk
