// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <memory>
#include <optional>
#include <string>

#include "espalier/option.hpp"
#include "espalier/phase.hpp"
#include "espalier/search.hpp"
#include "espalier/setup.hpp"
#include "espalier/torch/data/examples.hpp"
#include "espalier/torch/training/trainer.hpp"

#include "hardware_loss.hpp"
#include "logits.hpp"

namespace espalier::u_boost {

/// Options of searches by gradient.
struct SearchOptions : torch_sdk::Recipe {
    SearchOptions();
    std::string time = "latency_ms", utilisation;
    double lambda = 1, beta = 1;
    std::string edge_cost = "normalised", utilisation_reduction = "sum_of_parts";
    bool propagate_add_width = true;
    std::string split = "epoch";
    double weights_share = 0.8;
    int warm_up_steps = 0;
    double logits_rate = 0.1, logits_deviation = 1;
    double temperature = 1, temperature_decay = 0.95, least_temperature = 0.001;
    int temperature_steps = 0;
    std::uint64_t seed = 0;
    static void describe(Describe<SearchOptions>&);
    Reduction reduction() const;
};

/// What searches have in common: the data, and the costs that are descended.
struct Partners {
    /// @throws OptionError for a metric that no cost model gives layer by layer.
    Partners(const SearchOptions&, const Setup&);
    const torch_sdk::TensorData& data;
    const LayerCosts& time;
    const LayerCosts* utilisation;  ///< null: none
    torch_sdk::Replication replication;
    std::string device;
};

/// Evaluates what was found and, if it is ok, announces it as the run's winner, with how many `timed_operations` it has
/// and, as `degenerate`, 1 if none.
void announce(Search&, const Architecture&, std::size_t timed_operations);

/// One stage: the super-network of a region, its weights, and the logits of what the region leaves open. A step is an
/// epoch, in which the weights move with some batches and the logits with the others: the loss is
///   cross entropy + lambda T - beta U.
class RelaxedSearch final : public Phase {
public:
    /// @param epochs in place of the options'. @param name begins the names of its curves.
    RelaxedSearch(std::string name, const SearchSpace&, const Region& open, const SearchOptions&, const Partners&,
                  int epochs, Rng rng);
    ~RelaxedSearch() override;

    /// The largest logits, the other decisions as in `fixed`. Where that is a network that computes nothing, the
    /// largest logit of those options that one by one mend it decides.
    Architecture best(const Architecture& fixed) const;
    /// How many decisions on operations take time in a network, and matter to it: the convolutions of a cell.
    std::size_t timed_operations(const Architecture&) const;
    const Logits& logits() const;

    bool step(Step&) override;
    std::optional<std::size_t> steps() const override;
    void save(const std::string& folder) const override;
    void load(const std::string& folder) override;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace espalier::u_boost
