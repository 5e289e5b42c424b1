// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "espalier/cost_model.hpp"
#include "espalier/measuring.hpp"

#include "app/command.hpp"
#include "app/experiment_file.hpp"
#include "host/price/calibration.hpp"

namespace espalier::app {

/// A space and the cost model that prices its networks.
struct CalibratedDevice {
    /// @throws UsageError, ConfigError for what the command line names wrongly.
    explicit CalibratedDevice(const Arguments&);

    host::Catalog catalog;
    host::PluginHost plugins;
    std::string yaml, metric;
    std::string asked;  ///< what is priced by what: equal only where every price would be
    std::optional<Loaded> loaded;
    std::unique_ptr<SearchSpace> alone;
    Setup setup;
    const SearchSpace* space = nullptr;
    std::unique_ptr<CostModel> model;
    MeasuringConditions conditions;
    bool here = false;  ///< it measures this machine
};

/// What a cost model says of networks, once it has learnt what it may have to learn. @param name for messages.
/// @throws Error with its reason, and where `stop` was set.
std::vector<double> prices_by(CalibratedDevice&, const Config& component, const std::string& name,
                              std::span<const Architecture>, const std::atomic<bool>& stop);
/// By what the YAML that is printed makes, too: a cost model that learns from a file of networks, which is written.
std::vector<double> learnt(CalibratedDevice&, const host::PriceLesson&, const std::filesystem::path& file,
                           const std::atomic<bool>& stop);

}  // namespace espalier::app
