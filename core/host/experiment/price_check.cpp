// SPDX-License-Identifier: Apache-2.0
#include "host/experiment/price_check.hpp"

#include <chrono>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "host/experiment/told_apart.hpp"

namespace espalier::host {
namespace {

constexpr int kTried = 1000;

/// Nobody listens.
class Aside final : public Context {
public:
    bool stopped() const override { return false; }
    void note(std::string_view, double) override {}
    void phase(std::string_view, Phase&) override {}
};

/// Why it is a failure; empty: it is none.
std::string failure(const Evaluation& answer)
{
    if (answer.status == Status::failed)
        return answer.reason;
    for (const auto& [metric, value] : answer.metrics)
        if (std::isnan(value))
            return fmt::format("metric {} is not a number", metric);
    return "";
}

/// Why nothing can be priced; empty: something can, or it cannot be told.
std::string refusal(Evaluator& cost, const SearchSpace& space)
{
    Aside context;
    Rng rng(1, "price check");
    const Region all(space.decisions());
    std::string reason;
    for (int i = 0; i < kTried; ++i) {
        const Candidate candidate(space, random_architecture(all, rng));
        const std::vector<Evaluation> answers = cost.evaluate({&candidate, 1}, context);
        const std::string now = answers.size() == 1 ? failure(answers.front()) : "";
        if (now.empty() || (i > 0 && now != reason))
            return "";
        reason = now;
    }
    return fmt::format("prices none of {} random architectures: {}", kTried, reason);
}

}  // namespace

void check_prices(const Experiment& experiment, const Components& parts, Diagnostics& diagnostics)
{
    const auto check = [&](Evaluator* evaluator, const Config& config) {
        const auto* cost = dynamic_cast<CostModel*>(evaluator);
        if (cost == nullptr || cost->slow() || cost->measures() || cost->trains())
            return;
        std::string told = told_apart([&] { return refusal(*evaluator, *parts.space); }, std::chrono::seconds(10));
        if (!told.empty())
            diagnostics.add(config.error(std::move(told)));
    };
    for (std::size_t i = 0; i < parts.costs.size(); ++i)
        check(parts.costs[i].component.get(), experiment.costs[i]);
    if (experiment.evaluator)
        check(parts.evaluator.component.get(), *experiment.evaluator);
    for (std::size_t i = 0; i < parts.finals.size(); ++i)
        check(parts.finals[i].component.get(), experiment.finals[i]);
    for (std::size_t i = 0; i < parts.verifiers.size(); ++i)
        check(parts.verifiers[i].component.get(), experiment.verifiers[i]);
}

}  // namespace espalier::host
