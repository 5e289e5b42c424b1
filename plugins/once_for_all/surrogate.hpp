// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <future>
#include <memory>
#include <vector>

#include "espalier/evaluator.hpp"
#include "espalier/option.hpp"
#include "espalier/setup.hpp"

#include "perceptron.hpp"

namespace espalier::once_for_all {

/// Metric `top1_pct`: ImageNet's top-1 accuracy as the predictors that the once-for-all authors trained and published
/// predict it (Cai et al., ICLR 2020, section 3.3). For `ofa_mobilenet_v3` of width 1.2 and `ofa_resnet50`.
class Surrogate final : public Evaluator {
public:
    struct Options {
        std::filesystem::path predictors;
        static void describe(Describe<Options>&);
    };
    /// Reads nothing. @throws Error for another space, OptionError for a folder without the predictor's files.
    Surrogate(const Options&, const Setup&);
    ~Surrogate() override;

    std::vector<std::string> metrics() const override { return {"top1_pct"}; }
    /// @throws Error naming the file if the predictor cannot be read.
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override;

    /// How a space's architectures become the inputs of its predictor.
    class Encoding;

private:
    std::filesystem::path folder_;
    std::unique_ptr<const Encoding> encoding_;
    std::shared_future<Perceptron> predictor_;  // read, or refused, once: by whoever asks first
};

}  // namespace espalier::once_for_all
