// SPDX-License-Identifier: Apache-2.0
#include "host/compare/comparison.hpp"

#include <algorithm>
#include <functional>

#include <fmt/format.h>

#include "espalier/config.hpp"
#include "espalier/error.hpp"
#include "espalier/moo/dominance.hpp"
#include "espalier/moo/hypervolume.hpp"
#include "espalier/number_in.hpp"
#include "espalier/regression/spread.hpp"
#include "espalier/report/text.hpp"
#include "espalier/rng.hpp"

#include "host/tell/verification.hpp"

namespace espalier::host {
namespace {

using regression::Spread;
using report::exact;

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr int kResamples = 1000;

double in_own_unit(const Objective& objective, double minimised)
{
    return objective.maximise ? -minimised : minimised;
}

/// Best and worst value of each objective among all points, minimised.
struct Extent {
    explicit Extent(std::size_t objectives) : best(objectives, kNever), worst(objectives, -kNever) {}
    void add(const moo::Points& points)
    {
        for (std::size_t i = 0; i < points.rows(); ++i)
            for (std::size_t m = 0; m < best.size(); ++m) {
                best[m] = std::min(best[m], points[i][m]);
                worst[m] = std::max(worst[m], points[i][m]);
            }
    }
    bool empty() const { return best.empty() || best.front() == kNever; }
    std::vector<double> best, worst;
};

Extent extent(const Comparison& comparison, const ComparisonOptions& options)
{
    Extent all(comparison.objectives.size());
    for (const ComparedGroup& group : comparison.groups)
        for (const ComparedRun& run : group.runs)
            all.add(run.points);
    if (all.empty())
        throw Error("nothing to compare: no run has an architecture that may win");
    if (options.true_front)
        all.add(options.true_front->points);
    return all;
}

void require_objectives(const char* option, const std::map<std::string, double>& given,
                        const std::vector<std::string>& metrics)
{
    for (const auto& [metric, value] : given)
        if (std::ranges::find(metrics, metric) == metrics.end())
            throw Error(
                fmt::format("--{} {}: no objective has that name{}", option, metric, suggestion(metric, metrics)));
}

/// Minimised; fills in what the comparison says of it.
std::vector<double> reference_point(Comparison& comparison, const Extent& all, const ComparisonOptions& options)
{
    std::vector<double> reference = all.worst;
    std::vector<std::string> metrics, from_runs;
    for (const Objective& objective : comparison.objectives)
        metrics.push_back(objective.metric);
    require_objectives("reference", options.reference, metrics);
    require_objectives("ideal", options.ideal, metrics);
    for (std::size_t m = 0; m < metrics.size(); ++m) {
        if (const auto given = options.reference.find(metrics[m]); given != options.reference.end())
            reference[m] = in_own_unit(comparison.objectives[m], given->second);
        else
            from_runs.push_back(
                fmt::format("{}={}", metrics[m], exact(in_own_unit(comparison.objectives[m], reference[m]))));
        comparison.reference.push_back(in_own_unit(comparison.objectives[m], reference[m]));
        comparison.best.push_back(in_own_unit(comparison.objectives[m], all.best[m]));
    }
    comparison.chosen_reference = from_runs.empty();
    if (!from_runs.empty())
        comparison.warnings.push_back(fmt::format(
            "the reference point is the worst value that any run here has found; only ratios under the same reference "
            "can be compared, so give it for other comparisons: --reference {}",
            fmt::join(from_runs, ",")));
    return reference;
}

double unit(Comparison& comparison, const Extent& all, std::span<const double> reference,
            const ComparisonOptions& options)
{
    if (options.true_front) {
        comparison.of_true_front = true;
        const double volume = moo::hypervolume(options.true_front->points, reference);
        if (!(volume > 0))
            throw Error("no point of the true front is better than the reference in every objective");
        return volume;
    }
    if (!options.normalise)
        return 1;
    comparison.normalised = true;
    double box = 1;
    for (std::size_t m = 0; m < reference.size(); ++m)
        box *= std::max(reference[m] - all.best[m], 0.0);
    if (!(box > 0))
        throw Error("--normalise: no value is better than the reference, or an objective is constant");
    return box;
}

void fill(ComparedGroup& group, std::span<const double> reference, double unit)
{
    std::size_t shortest = std::numeric_limits<std::size_t>::max();
    moo::Points all(reference.size());
    for (const ComparedRun& run : group.runs) {
        std::vector<double>& curve =
            group.curves.emplace_back(moo::hypervolume_curve(run.points, run.at, run.length, reference));
        for (double& volume : curve)
            volume /= unit;
        shortest = std::min(shortest, curve.size());
        for (std::size_t i = 0; i < run.points.rows(); ++i)
            all.append(run.points[i]);
    }
    for (std::size_t i = 0; i < shortest; ++i) {
        Spread spread;
        for (const std::vector<double>& curve : group.curves)
            spread.add(curve[i]);
        group.mean.push_back(spread.mean());
        group.spread.push_back(group.curves.size() > 1 ? spread.deviation() : 0);
    }
    group.front = moo::front(all);
}

/// The union of the boxes between the ideal point and those of the front, which is a hypervolume of all turned round.
double volume_to_ideal(const ComparedGroup& group, const std::vector<Objective>& objectives,
                       const std::map<std::string, double>& given)
{
    std::vector<double> ideal;
    for (const Objective& objective : objectives) {
        const auto found = given.find(objective.metric);
        if (found == given.end())
            throw Error(fmt::format("--ideal: must give {}, too", objective.metric));
        ideal.push_back(-in_own_unit(objective, found->second));
    }
    moo::Points turned(ideal.size());
    for (std::size_t i = 0; i < group.front.rows(); ++i) {
        std::vector<double> point(group.front[i].begin(), group.front[i].end());
        std::ranges::transform(point, point.begin(), std::negate());
        turned.append(point);
    }
    return moo::hypervolume(turned, ideal);
}

void warn_of(const ComparedGroup& group, bool of_true_front, std::vector<std::string>& warnings)
{
    for (std::size_t r = 0; of_true_front && r < group.runs.size(); ++r)
        if (!group.curves[r].empty() && group.curves[r].back() > 1 + 1e-9)
            warnings.push_back(
                fmt::format("{} has found more than the true front holds: that front is not complete, or its metrics "
                            "mean something else",
                            group.runs[r].name));
    std::size_t shortest = std::numeric_limits<std::size_t>::max(), longest = 0;
    const ComparedRun* least = nullptr;
    for (const ComparedRun& run : group.runs) {
        if (run.length < shortest)
            least = &run, shortest = run.length;
        longest = std::max(longest, run.length);
        if (run.state == RunState::interrupted || run.state == RunState::failed || run.state == RunState::running)
            warnings.push_back(fmt::format("{} is not finished: it counts as far as it goes", run.name));
        if (run.length > 0 && run.points.empty())
            warnings.push_back(fmt::format("{} has no architecture that may win: its hypervolume is 0", run.name));
    }
    if (shortest == 0)
        warnings.push_back(fmt::format("{} holds no evaluation, so {} has no mean curve", least->name, group.name));
    else if (shortest < longest)
        warnings.push_back(fmt::format("the mean of {} ends at {}, where its shortest run ends: {}", group.name,
                                       shortest, least->name));
}

/// Whether any run has a point that is better than the reference in every objective.
bool anything_within_reference(const Comparison& comparison)
{
    return std::ranges::any_of(comparison.groups, [](const ComparedGroup& group) {
        return std::ranges::any_of(group.curves,
                                   [](const std::vector<double>& curve) { return !curve.empty() && curve.back() > 0; });
    });
}

std::string shown_reference(const Comparison& comparison)
{
    std::string text;
    for (std::size_t m = 0; m < comparison.reference.size(); ++m)
        text += fmt::format("{}{}={}", text.empty() ? "" : ",", comparison.objectives[m].metric,
                            exact(comparison.reference[m]));
    return text;
}

Threshold threshold(const std::string& text, const std::vector<ComparedGroup>& groups)
{
    const std::size_t sign = text.rfind('@');
    Threshold found{text.substr(0, sign), 0, 0};
    std::vector<std::string> names;
    names.reserve(groups.size());
    for (const ComparedGroup& group : groups)
        names.push_back(group.name);
    const auto group = std::ranges::find(groups, found.group, &ComparedGroup::name);
    if (group == groups.end())
        throw Error(
            fmt::format("--threshold {}: there is no group '{}'{}", text, found.group, suggestion(found.group, names)));
    found.count = group->mean.size();
    if (sign != std::string::npos) {
        found.count = number_in<std::size_t>(std::string_view(text).substr(sign + 1)).value_or(0);
        if (found.count == 0)
            throw Error(fmt::format("--threshold {}: must be GROUP@COUNT, for example random@2000", text));
    }
    if (found.count == 0 || found.count > group->mean.size())
        throw Error(
            fmt::format("--threshold {}: the mean curve of {} ends at {}", text, found.group, group->mean.size()));
    found.level = group->mean[found.count - 1];
    return found;
}

/// The first count at which a rising curve is at `level`. A level that was computed from curves is met by what differs
/// from it in the last digits.
double first_at(std::span<const double> curve, double level)
{
    const auto found = std::ranges::lower_bound(curve, level * (1 - 1e-12));
    return found == curve.end() ? kNever : static_cast<double>(found - curve.begin() + 1);
}

double median(std::vector<double> values)
{
    std::ranges::sort(values);
    const std::size_t half = values.size() / 2;
    return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

Arrival arrival(const ComparedGroup& group, double level)
{
    Arrival result;
    result.count = first_at(group.mean, level);
    std::vector<double> counts;
    for (const std::vector<double>& curve : group.curves) {
        counts.push_back(first_at(curve, level));
        result.reached += counts.back() < kNever ? 1 : 0;
    }
    result.median = result.low = result.high = median(counts);
    if (counts.size() < 2)
        return result;
    Rng rng(1, "bootstrap");
    std::vector<double> medians, drawn(counts.size());
    for (int i = 0; i < kResamples; ++i) {
        for (double& count : drawn)
            count = counts[rng.below(counts.size())];
        medians.push_back(median(drawn));
    }
    std::ranges::sort(medians);
    result.low = medians[kResamples / 40];
    result.high = medians[kResamples - 1 - kResamples / 40];
    return result;
}

}  // namespace

Comparison compare(std::vector<Objective> objectives, std::vector<ComparedGroup> groups,
                   const ComparisonOptions& options)
{
    Comparison result;
    result.objectives = std::move(objectives);
    result.groups = std::move(groups);
    const Extent all = extent(result, options);
    const std::vector<double> reference = reference_point(result, all, options);
    result.unit = unit(result, all, reference, options);
    for (ComparedGroup& group : result.groups) {
        fill(group, reference, result.unit);
        if (!options.ideal.empty())
            group.to_ideal = volume_to_ideal(group, result.objectives, options.ideal);
        warn_of(group, result.of_true_front, result.warnings);
        for (const ComparedRun& run : group.runs)
            for (const std::string& warning : verification_warnings(run.verified_winners))
                result.warnings.push_back(fmt::format("{}: {}", run.name, warning));
    }
    std::vector<std::string> wanted = options.thresholds;
    if (wanted.empty() && result.groups.size() > 1)
        for (const ComparedGroup& group : result.groups)
            if (!group.mean.empty())
                wanted.push_back(group.name);
    const bool any_volume = anything_within_reference(result);
    if (!any_volume)
        result.warnings.push_back(
            fmt::format("no point lies within the reference {}: every hypervolume is 0", shown_reference(result)));
    for (const std::string& text : wanted) {
        const Threshold wanted_one = threshold(text, result.groups);
        if (!(wanted_one.level > 0)) {  // everybody is there from the first count
            const auto group = std::ranges::find(result.groups, wanted_one.group, &ComparedGroup::name);
            if (any_volume && !group->front.empty())  // else that is told already
                result.warnings.push_back(fmt::format("{}@{} is a hypervolume of 0, which is no threshold",
                                                      wanted_one.group, wanted_one.count));
            continue;
        }
        result.thresholds.push_back(wanted_one);
        std::vector<Arrival>& arrivals = result.arrivals.emplace_back();
        for (const ComparedGroup& group : result.groups)
            arrivals.push_back(arrival(group, result.thresholds.back().level));
    }
    return result;
}

}  // namespace espalier::host
