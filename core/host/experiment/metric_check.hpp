// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <span>
#include <string>
#include <vector>

#include "host/experiment/experiment.hpp"

namespace espalier::host {

/// Which metrics there are in an experiment, who gives them and when.
class KnownMetrics {
public:
    explicit KnownMetrics(Diagnostics& diagnostics) : diagnostics_{diagnostics} {}

    /// @param place the component as "costs.0". A metric that another component of the same time gives is an error.
    void add(const std::vector<std::string>& metrics, MetricSource, const Config& component, const std::string& place);
    /// A component gives metrics that nobody can know because it could not be made: unknown names are no errors then.
    void add_unknown() { incomplete_ = true; }

    /// Whether a cost model gives it.
    bool priced(const std::string& metric) const;
    /// Tells at `place` if the search does not know `metric`. @param option of the component there, if its default
    /// names the metric.
    void require(const std::string& metric, const Config& place, const std::string& option = "");
    /// Tells at `place` if `final` does not give it.
    void require_final(const std::string& metric, const Config& place);
    /// Tells at `component` if the search knows none of the metrics that it gives.
    void require_one_of(const std::vector<std::string>& metrics, const Config& component);
    /// All options of type metric of a component and of the ones nested in it, defaults too.
    void require_options(const Config& component, Kind, const Catalog&);
    /// The same without defaults.
    void require_given(const Config& component, Kind, const Catalog&);

private:
    struct Giver {
        std::string place, where;
        MetricSource source;
    };
    using Givers = std::map<std::string, Giver>;
    static std::string listed(const Givers&);
    static std::string did_you_mean(const std::string& metric, const Givers&);
    std::string listed() const;

    Diagnostics& diagnostics_;
    Givers search_, final_, verified_;
    bool incomplete_ = false;
};

}  // namespace espalier::host
