// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
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

/// Moves parameters against their gradients. Parameters without a gradient stay where they are, so a weight that a
/// sampled path does not use keeps its momentum too.
class ESPALIER_API Optimiser {
public:
    Optimiser(std::vector<Tensor> parameters, const Sgd&);
    Optimiser(std::vector<Tensor> parameters, const Adam&);
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

/// Half a cosine from `initial` at step 0 to 0 at step `steps` (Loshchilov and Hutter, ICLR 2017, without restarts).
ESPALIER_API double cosine(double initial, double step, double steps);

}  // namespace espalier::torch_sdk
