// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "espalier/evaluator.hpp"
#include "espalier/setup.hpp"
#include "espalier/torch/network/weights.hpp"

#include "stimuli.hpp"
#include "zero_cost.hpp"

namespace espalier::indicators {

/// Training-free indicators: what a network with random weights already tells about the accuracy it would reach. Higher
/// is better in all of them.
///
///   cj_count, cj_logdet  correlation of input Jacobians (jacobian_correlation.hpp)
///   nlr                  number of linear regions (linear_regions.hpp)
///   cnntk                inverse condition number of the neural tangent kernel (ntk_condition.hpp)
///   os_var, os_rel       output sensitivity (output_sensitivity.hpp)
///   naswot               log-determinant of the Hamming kernel (hamming_kernel.hpp)
///
/// These are computed on networks of their own, smaller than the one that is searched: other spaces with the same
/// decisions. A network that ignores its input gets the least score there is, so they are always finite. Those of
/// zero_cost.hpp look at the very network that is searched, of any space, and are -infinity where they are not defined.
/// All networks see the same images; weights depend on seed, key, kind of network and repetition only.
class Indicators final : public Evaluator {
public:
    struct Options {
        std::vector<std::string> metrics{"cj_count", "cj_logdet", "nlr", "cnntk", "os_var", "os_rel", "naswot"};
        std::string preset = "reduced", jacobian_of = "cutouts";
        Use<SearchSpace> network, kernel_network, region_network, scored_network;
        int batch = 64, kernel_batch = 0, scored_batch = 16, repeats = 1, region_samples = 3000, region_repeats = 3,
            cutout_side = 0;
        double beta = 0.25, sigma = 0.1;
        std::uint64_t seed = 1;
        static void describe(Describe<Options>&);
    };
    Indicators(const Options&, const Setup&);
    ~Indicators() override;

    std::vector<std::string> metrics() const override { return options_.metrics; }
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override;
    std::uint64_t seed() const override { return options_.seed; }

private:
    class Patch;    // the data that the region network is made for
    struct Family;  // those that are computed together
    static std::span<const Family> families();
    static std::vector<std::string> all_metrics();
    bool wants(const Family&) const;
    std::unique_ptr<SearchSpace> nested(const std::string& option, const Use<SearchSpace>&, const NetworkSize*,
                                        const Setup&) const;
    void check_blocks(const SearchSpace&) const;
    StimulusSizes wanted_sizes(bool full) const;  ///< 0 for what no metric asks for
    void check_examples() const;
    bool wants(std::string_view metric) const;
    const Stimuli& stimuli(int repeat);
    const Shown& shown(int repeat);
    Evaluation indicated(const Candidate&, int repeats);
    Metrics repeated(const Candidate&, int repeat);
    void jacobian(const Candidate&, const Network&, int repeat, Metrics&);
    void regions(const Candidate&, const Network&, int repeat, Metrics&);
    void kernel(const Candidate&, const Network&, int repeat, Metrics&);
    void images(const Candidate&, const Network&, int repeat, Metrics&);
    void scored(const Candidate&, int repeat, Metrics&);
    std::uint64_t weight_seed(const Candidate&, std::string_view kind, int repeat) const;

    Options options_;
    StimulusSizes sizes_;
    const torch_sdk::TensorData& data_;
    Execution execution_;
    std::unique_ptr<Data> patch_;
    std::map<std::string, std::unique_ptr<SearchSpace>, std::less<>> networks_;  // by option, those that are needed
    std::unique_ptr<SearchSpace> scored_network_;                                // null: the space that is searched
    ZeroCost zero_cost_;
    std::mutex drawing_;
    std::vector<std::unique_ptr<const Stimuli>> stimuli_;  // per repetition, drawn when first needed
    std::vector<std::unique_ptr<const Shown>> shown_;      // the same, for ZeroCost
};

}  // namespace espalier::indicators
