// SPDX-License-Identifier: Apache-2.0
#include "host/calls/evaluation_book.hpp"

#include <algorithm>
#include <stdexcept>

namespace espalier::host {

std::size_t EvaluationBook::add(const Architecture& architecture)
{
    if (architecture.choices.size() != decisions_)
        throw std::logic_error("an architecture of another space");
    choices_.insert(choices_.end(), architecture.choices.begin(), architecture.choices.end());
    entries_.emplace_back();
    return entries_.size() - 1;
}

std::uint32_t EvaluationBook::names_of(const Metrics& metrics)
{
    const auto named = [](const auto& metric, const std::string& name) { return metric.first == name; };
    if (std::ranges::equal(metrics, names_[latest_], named))
        return latest_;
    std::vector<std::string> names;
    for (const auto& [name, value] : metrics)
        names.push_back(name);
    const auto [found, added] = numbers_.emplace(std::move(names), static_cast<std::uint32_t>(names_.size()));
    if (added)
        names_.push_back(found->first);
    return latest_ = found->second;
}

void EvaluationBook::fill(std::size_t number, const Evaluation& evaluation)
{
    entries_[number] = {values_.size(), names_of(evaluation.metrics), evaluation.status};
    for (const auto& [name, value] : evaluation.metrics)
        values_.push_back(value);
    if (!evaluation.reason.empty())
        reasons_.insert_or_assign(number, evaluation.reason);
    else if (!reasons_.empty())
        reasons_.erase(number);
}

Evaluation EvaluationBook::at(std::size_t number) const
{
    const Entry& entry = entries_[number];
    Evaluation result;
    result.status = entry.status;
    const auto first = choices_.begin() + static_cast<std::ptrdiff_t>(number * decisions_);
    result.architecture.choices.assign(first, first + static_cast<std::ptrdiff_t>(decisions_));
    std::size_t value = entry.values;
    for (const std::string& name : names_[entry.names])
        result.metrics.emplace_hint(result.metrics.end(), name, values_[value++]);
    if (const auto reason = reasons_.find(number); reason != reasons_.end())
        result.reason = reason->second;
    return result;
}

bool EvaluationBook::is(std::size_t number, const Architecture& architecture) const
{
    return architecture.choices.size() == decisions_ &&
           std::equal(architecture.choices.begin(), architecture.choices.end(),
                      choices_.begin() + static_cast<std::ptrdiff_t>(number * decisions_));
}

}  // namespace espalier::host
