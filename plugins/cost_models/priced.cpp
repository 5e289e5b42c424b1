// SPDX-License-Identifier: Apache-2.0
#include "priced.hpp"

#include <utility>

#include "espalier/error.hpp"

namespace espalier::cost_models {

std::vector<Evaluation> priced(std::span<const Candidate> batch, const std::function<Metrics(const Candidate&)>& price)
{
    std::vector<Evaluation> results;
    results.reserve(batch.size());
    for (const Candidate& candidate : batch) {
        try {
            results.push_back({.architecture = candidate.architecture(),
                               .metrics = price(candidate),
                               .status = Status::ok,
                               .reason = {}});
        } catch (const Error& error) {
            results.push_back(failed(candidate.architecture(), error.what()));
        }
    }
    return results;
}

std::vector<Evaluation> answers(CostModel& model, std::span<const std::string> metrics,
                                std::span<const Candidate> batch, Context& context)
{
    std::vector<Evaluation> all = model.evaluate(batch, context);
    if (all.size() != batch.size())
        throw Error("the nested cost model gave " + std::to_string(all.size()) + " evaluations for " +
                    std::to_string(batch.size()) + " candidates");
    for (Evaluation& answer : all)
        for (const std::string& metric : metrics)
            if (answer.ok() && answer.metrics.count(metric) == 0)
                answer = failed(std::move(answer.architecture), "the nested cost model gave no " + metric);
    return all;
}

}  // namespace espalier::cost_models
