// SPDX-License-Identifier: Apache-2.0
#include "priced.hpp"

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

}  // namespace espalier::cost_models
