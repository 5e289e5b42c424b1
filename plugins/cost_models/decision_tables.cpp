// SPDX-License-Identifier: Apache-2.0
#include "decision_tables.hpp"

#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "espalier/error.hpp"
#include "espalier/resolve.hpp"

namespace espalier::cost_models {
namespace {

constexpr std::size_t kLargestTable = 65'536;
constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

double sum(const std::vector<Part>& parts)
{
    return std::accumulate(parts.begin(), parts.end(), 0.0, [](double s, const Part& part) { return s + part.value; });
}

}  // namespace

DecisionTables::DecisionTables(const SearchSpace& space, Pricing pricing, Grouping grouping)
    : space_{space}, pricing_{std::move(pricing)}, grouping_{std::move(grouping)}
{
}

std::size_t DecisionTables::Group::place(const Architecture& a) const
{
    std::size_t place = 0;
    for (const auto& [decision, factor] : digits)
        place += factor * a.choices[decision];
    return place;
}

void DecisionTables::prepare()
{
    prepared_ = true;
    try {
        super_ = space_.network(Region(space_.decisions()));
    } catch (const Error&) {
        return;  // the space cannot superpose
    }
    dependence_ = Dependence::of(super_, space_.decisions().size());
    if (!dependence_)
        return;
    const std::vector<std::size_t> names = grouping_(super_);
    std::unordered_map<std::size_t, std::size_t> group_of_name;
    for (const Layer layer : super_) {
        const std::size_t name = names[layer.index()];
        layer_of_.emplace(&layer.spec(), layer.index());
        group_of_.push_back(kNeverCounted);
        if (name == kNeverCounted)
            continue;
        const auto [found, is_new] = group_of_name.emplace(name, groups_.size());
        if (is_new)
            groups_.push_back({DecisionSet(space_.decisions().size()), {}, {kUnknown}});
        group_of_.back() = found->second;
    }
}

double DecisionTables::operator()(const Architecture& a)
{
    const std::lock_guard lock(busy_);
    if (!prepared_)
        prepare();
    if (!dependence_)
        return built(a);
    if (const std::optional<double> known = tabulated(a))
        return *known;
    return learnt(a);
}

std::optional<double> DecisionTables::tabulated(const Architecture& a) const
{
    double sum = 0;
    for (const Group& group : groups_)
        sum += group.values[group.place(a)];
    if (std::isnan(sum))
        return std::nullopt;
    return sum;
}

double DecisionTables::built(const Architecture& a)
{
    if (const auto known = whole_.find(a); known != whole_.end())
        return known->second;
    ++built_;
    const double value = sum(pricing_(space_.network(Region(a))));
    if (whole_.size() < kLargestTable)
        whole_.emplace(a, value);
    return value;
}

bool DecisionTables::widen(Group& group, const DecisionSet& needed) const
{
    if (group.known.contains(needed))
        return true;
    group.known.add(needed);
    std::size_t size = 1;
    bool fits = true;
    group.digits.clear();
    group.known.each([&](std::size_t decision) {
        group.digits.push_back({decision, size});
        size *= space_.decisions()[decision].options.size();
        fits = fits && size <= kLargestTable;
        size = fits ? size : 1;
    });
    group.values.assign(size, kUnknown);
    return fits;
}

double DecisionTables::learnt(const Architecture& a)
{
    ++built_;
    const Network network = resolved(super_, Region(a));
    const std::vector<Part> parts = pricing_(network);
    if (enter(a, network, parts))
        return *tabulated(a);
    dependence_.reset();
    return sum(parts);
}

bool DecisionTables::enter(const Architecture& a, const Network& network, std::span<const Part> parts)
{
    std::vector<double> values(groups_.size(), 0.0);
    std::vector<DecisionSet> needed(groups_.size(), DecisionSet(space_.decisions().size()));
    for (std::size_t i = 0; i < super_.size(); ++i)
        if (group_of_[i] != kNeverCounted)
            needed[group_of_[i]].add(dependence_->presence(i));
    for (const Part& part : parts) {
        const auto layer = layer_of_.find(&network[part.layer].spec());
        if (layer == layer_of_.end() || group_of_[layer->second] == kNeverCounted)
            return false;
        const std::size_t group = group_of_[layer->second];
        values[group] += part.value;
        for (const std::uint32_t i : part.seen) {
            const auto seen = layer_of_.find(&network[i].spec());
            if (seen == layer_of_.end())
                return false;
            needed[group].add(dependence_->view(seen->second));
        }
    }
    for (std::size_t g = 0; g < groups_.size(); ++g) {
        if (!widen(groups_[g], needed[g]))
            return false;
        double& known = groups_[g].values[groups_[g].place(a)];
        if (!std::isnan(known) && known != values[g])
            throw Error(
                "the cost of a layer changed between two networks that look the same to it: " + std::to_string(known) +
                " and " + std::to_string(values[g]) + " for " + space_.text(a) + "; this is a mistake in Espalier");
        known = values[g];
    }
    return true;
}

}  // namespace espalier::cost_models
