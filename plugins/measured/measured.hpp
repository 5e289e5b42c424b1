// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "espalier/cost_model.hpp"
#include "espalier/measuring.hpp"
#include "espalier/option.hpp"
#include "espalier/run_log.hpp"
#include "espalier/setup.hpp"

#include "timing.hpp"

namespace espalier::measured {

/// How long a network takes here: LibTorch, evaluation mode, fixed threads, random weights and inputs. What runs is
/// the network layer by layer as `espalier::torch_sdk::forward` does it, nothing fused.
class Measured final : public CostModel, public Measuring {
public:
    struct Options {
        std::string as = "latency_ms", device = {};  ///< empty: execution.device
        int batch = 1, threads = 1, warm_up = 10, repetitions = 20, anchor_every = 50;
        std::vector<int> cores = {};
        bool exclusive = true;
        double relative_error = 0.02, confidence = 0.95, max_seconds = 5;
        std::uint64_t seed = 1;
        static void describe(Describe<Options>&);
    };
    /// @throws OptionError, or ExecutionError, for a device that is not here; OptionError for a metric that is not in
    /// milliseconds.
    Measured(const Options&, const Setup&);

    /// `latency_ms` (the median), `latency_p90_ms` (the 90th percentile), `latency_spread_ms` (interquartile range),
    /// `latency_sd_ms` (that of a normal distribution with this range),
    /// `latency_repetitions`, and `latency_unsettled`: 1 where `max_seconds` ended the repetitions before the
    /// confidence interval closed, else 0.
    std::vector<std::string> metrics() const override;
    std::vector<Evaluation> evaluate(std::span<const Candidate>, Context&) override;
    bool measures() const override { return true; }
    MeasuringConditions conditions() const override;
    std::uint64_t seed() const override { return options_.seed; }

private:
    /// A network that is measured again and again: the first that was measured in this process.
    struct Anchor {
        std::optional<Network> network;
        double first_ms = 0, moved = 1;  ///< what it took at first; what it takes now, as a factor of that
        int measurements = 0;            ///< since it was measured last
        bool told = false;               ///< that it moved
    };

    Timing timing(const Network&, Context&) const;
    /// The factor by which everything takes longer than at the beginning; 1 up to 5 %, which chance may explain.
    double drift(Context&);
    void tell_drift(RunLog&);
    void remember(const Network&, const Timing&);
    Evaluation measured(const Candidate&, Context&);

    Options options_;
    std::vector<Data::Input> inputs_;  ///< of the experiment's data, if any
    std::string stem_;                 ///< of the metrics' names: "latency"
    std::string processor_;            ///< or device measured on
    std::string host_;                 ///< that, and all else that is to be noted
    std::atomic<bool> host_noted_ = false;
    std::mutex anchor_mutex_;
    Anchor anchor_;
};

}  // namespace espalier::measured
