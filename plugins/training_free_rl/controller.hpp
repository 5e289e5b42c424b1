// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <span>
#include <vector>

#include <ATen/core/Tensor.h>

#include "espalier/architecture.hpp"
#include "espalier/torch/training/optimiser.hpp"

namespace espalier::training_free_rl {
using at::Tensor;

/// The recurrent policy: one layer reads the option chosen last and gives the distribution of the next one.
///
/// Input at decision t: a learnt embedding of the option chosen at t - 1 (a start token at first), as wide as the
/// layer. Output: one linear layer shared by all decisions; a decision with fewer options uses its leading outputs. The
/// paper gives the layer, its width and the optimiser only; embedding, shared output and initial values (uniform in
/// +-1/sqrt(hidden), embeddings normal with deviation 0.1) are ours, after ENAS (Pham et al., ICML 2018).
class Controller {
public:
    struct Settings {
        int hidden = 100;
        bool lstm = true;  ///< else a plain tanh layer
        double learning_rate = 5e-4;
        double temperature = 0;    ///< logits are divided by it; 0: not
        double tanh_constant = 0;  ///< then c tanh(logits); 0: not
        double entropy_bonus = 0;  ///< weight of the policy's entropy in the loss
    };
    /// `decisions` must outlive this object.
    Controller(std::span<const Decision> decisions, const Settings&, Rng& initial);

    /// Architectures drawn from the policy, and the graph to learn from them.
    struct Episode {
        std::vector<Architecture> architectures;
        Tensor log_probability;  ///< [samples], of each whole architecture
        Tensor entropy;          ///< scalar: mean over samples and decisions, in nats
    };
    Episode sample(std::int64_t samples, Rng&) const;
    /// One step of Adam on mean_i -advantage_i log p(architecture_i), less the entropy bonus.
    /// @param advantages one per sample of the episode; those without a reward have 0.
    void reinforce(const Episode&, std::span<const double> advantages);
    /// Embedding [start + options, hidden], weights of input and of state [hidden, gates], bias [1, gates], output
    /// [hidden, options] and its bias [1, options]. Gates: input, forget, candidate, output; one for the plain layer.
    std::vector<Tensor> parameters() const;

private:
    struct State {
        Tensor hidden, cell;  // [samples, hidden]
    };
    State next(const Tensor& input, const State&) const;
    Tensor logits(const Tensor& hidden, std::size_t options) const;

    std::span<const Decision> decisions_;
    Settings settings_;
    std::int64_t most_options_ = 0;
    Tensor embedding_, input_weight_, hidden_weight_, bias_, output_weight_, output_bias_;
    std::optional<torch_sdk::Optimiser> optimiser_;
};

}  // namespace espalier::training_free_rl
