// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/report/table.hpp"
#include "espalier/search_space.hpp"

namespace espalier::host {

/// The fewest networks that a calibration may have.
inline constexpr std::size_t kLeastNetworks = 20;

/// What of a space's networks is to be priced on a device, so that others can be predicted.
struct CalibrationPlan {
    /// The groups of layers that random networks consist of, by key, each as a network of its own.
    std::map<std::string, Network> groups;
    /// Networks of different keys, some to fit with and others to judge by.
    std::vector<Architecture> networks;
};

/// Random networks are looked at until 1,000 in a row bring no group that is new, at most 20,000; the first `networks`
/// different ones are those to be priced. @throws Error if the space describes no networks.
CalibrationPlan plan_calibration(const SearchSpace&, std::size_t networks, std::uint64_t seed);

/// What was priced: groups by key, networks by their text.
struct Priced {
    std::map<std::string, double> groups, networks;
};

/// How well one kind of cost model predicts networks that it was not fitted to.
struct CalibratedModel {
    std::string name;
    double median_error_pct = 0;  ///< of the absolute errors, in % of what was priced
    double within_10_pct = 0;     ///< % of the networks whose error is at most 10 %
    double spearman = 0, kendall = 0;
    std::string yaml;  ///< the component's options, to be pasted; without names of files
};

/// A kind of cost model that learns from prices of whole networks, and what it is to learn and to predict.
struct PriceLesson {
    std::string name, options;          ///< options: as YAML
    std::map<std::string, double> fit;  ///< by the networks' texts
    std::vector<Architecture> judge;
};
/// @return what the networks of `judge` cost, in their order.
using PriceLearner = std::function<std::vector<double>(const PriceLesson&)>;
/// The cost model, with the file of networks that it learns from.
std::string learnt_yaml(const PriceLesson&, const std::string& file, const std::string& metric);

struct Calibration {
    std::vector<CalibratedModel> models;  ///< the additive table first, as far as the table is whole
    std::size_t recommended = 0;          ///< the one with the least median error
    std::size_t fitted = 0, judged = 0;   ///< networks
    std::vector<std::string> notes;       ///< what could not be done, and why
};

/// Fits to every second network of the plan that was priced and judges by the others: the sum of the table, the same
/// with a least-squares factor, constant for each group and constant, and models that learn; one that cannot is a note.
/// Networks that cost 0 or less are left out.
/// @param table,networks names of files, for the YAML lines. @throws Error if fewer than 20 networks were priced, or
/// no model could be judged.
Calibration calibrate(const SearchSpace&, const CalibrationPlan&, const Priced&, const std::string& metric,
                      const std::string& table, const std::string& networks, const PriceLearner&);

/// One row a model, the recommended one marked. @param with_yaml for programs: a column more.
report::Table calibration_table(const Calibration&, bool with_yaml);

}  // namespace espalier::host
