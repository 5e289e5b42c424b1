// SPDX-License-Identifier: Apache-2.0
#include "host/experiment/metric_check.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "host/experiment/resolved.hpp"

namespace espalier::host {

void KnownMetrics::add(const std::vector<std::string>& metrics, MetricSource source, const Config& component,
                       const std::string& place)
{
    Givers& known = source == MetricSource::final ? final_ : source == MetricSource::verify ? verified_ : search_;
    const std::string where = component.line > 0 ? fmt::format(" in line {}", component.line) : "";
    for (const std::string& metric : metrics) {
        if (metric.empty())
            diagnostics_.add(component.error("gives a metric whose name is empty"));
        const auto [giver, first] = known.try_emplace(metric, Giver{place, where, source});
        if (!first)
            diagnostics_.add(
                component.error(fmt::format("gives the metric '{}', which '{}'{} gives already; a metric has "
                                            "one source",
                                            metric, giver->second.place, giver->second.where)));
    }
}

bool KnownMetrics::priced(const std::string& metric) const
{
    const auto found = search_.find(metric);
    return found != search_.end() && found->second.source == MetricSource::cost;
}

std::string KnownMetrics::listed(const Givers& known)
{
    std::vector<std::string> shown;
    for (const auto& [metric, giver] : known)
        shown.push_back(fmt::format("{} (from '{}')", metric, giver.place));
    return fmt::format("{}", fmt::join(shown, ", "));
}

std::string KnownMetrics::listed() const
{
    return search_.empty() ? "; no cost model or evaluator of this experiment gives any metric"
                           : "; known in the search: " + listed(search_);
}

std::string KnownMetrics::did_you_mean(const std::string& metric, const Givers& known)
{
    std::vector<std::string> names;
    for (const auto& [name, giver] : known)
        names.push_back(name);
    const std::string near = nearest(metric, names);
    return near.empty() ? "" : fmt::format("; did you mean '{}'?", near);
}

void KnownMetrics::require_final(const std::string& metric, const Config& place)
{
    if (final_.contains(metric) || incomplete_)
        return;
    diagnostics_.add(place.error(
        final_.empty()
            ? fmt::format("nothing gives '{}' after the search: `final` names the components that do", metric)
            : fmt::format("nothing in `final` gives the metric '{}'{}; given there: {}", metric,
                          did_you_mean(metric, final_), listed(final_))));
}

void KnownMetrics::require(const std::string& metric, const Config& place, const std::string& option)
{
    if (search_.contains(metric) || incomplete_)
        return;
    const auto tell = [&](std::string sentence) {
        Diagnostic error = place.error(std::move(sentence));
        error.option = option;
        diagnostics_.add(std::move(error));
    };
    if (const auto late = final_.find(metric); late != final_.end()) {
        tell(fmt::format("'{}' is known only after `final`, where '{}' gives it{}", metric, late->second.place,
                         listed()));
        return;
    }
    tell(fmt::format("nothing in the search gives the metric '{}'{}{}", metric, did_you_mean(metric, search_),
                     listed()));
}

void KnownMetrics::require_one_of(const std::vector<std::string>& metrics, const Config& component)
{
    const auto known = [this](const std::string& metric) { return search_.contains(metric); };
    if (!incomplete_ && std::ranges::none_of(metrics, known))
        diagnostics_.add(component.error(
            fmt::format("verifies nothing: it gives {}, and the search has none of that name{}; most cost models "
                        "take a name by `as`",
                        fmt::join(metrics, ", "), listed())));
}

void KnownMetrics::require_options(const Config& component, Kind kind, const Catalog& catalog)
{
    require_given(with_defaults(component, kind, catalog), kind, catalog);
}

void KnownMetrics::require_given(const Config& component, Kind kind, const Catalog& catalog)
{
    const CatalogComponent* found = catalog.named(kind, component);
    if (found == nullptr)
        return;
    for (const Option& option : found->info.options) {
        const Config* value = component.find(option.name);
        if (value == nullptr || (option.type != OptionType::metric && option.type != OptionType::component))
            continue;
        const auto one = [&](const Config& c) {
            if (option.type == OptionType::component)
                require_given(c, *option.kind, catalog);
            else if (c.type == Config::Type::scalar && !c.scalar.empty())  // a default stands where its component does
                require(c.scalar, c, c.path == component.path ? option.name : "");
        };
        if (value->type == Config::Type::list)
            std::ranges::for_each(value->items, one);
        else
            one(*value);
    }
}

}  // namespace espalier::host
