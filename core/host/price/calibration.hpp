// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "espalier/report/table.hpp"
#include "espalier/search_space.hpp"

#include "host/price/steadied.hpp"

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

/// @param networks wanted; there are fewer where the space, or what was looked at of it, has fewer.
/// Random networks are looked at until 1,000 in a row bring no group that is new, at most 20,000; the first `networks`
/// different ones are those to be priced. @throws Error if the space describes no networks.
CalibrationPlan plan_calibration(const SearchSpace&, std::size_t networks, std::uint64_t seed);

/// What was priced: groups by key, networks by their text.
struct Priced {
    std::map<std::string, SteadyPrice> groups, networks;
};

/// How well one kind of cost model predicts networks that it was not fitted to.
struct CalibratedModel {
    std::string name;
    double median_error_pct = 0;  ///< of the absolute errors, in % of what was priced
    double p90_error_pct = 0;     ///< nine of ten networks are predicted at least as well
    double within_10_pct = 0;     ///< % of the networks whose error is at most 10 %
    double spearman = 0, kendall = 0;
    std::string use, file, options;  ///< the component, the table that it reads, the rest of its options as YAML
};
/// The component to be pasted. @param folder of the table.
std::string to_yaml(const CalibratedModel&, const std::filesystem::path& folder);

/// A kind of cost model that learns from prices of whole networks, and what it is to learn and to predict.
struct PriceLesson {
    std::string name, options;          ///< options: as YAML, all but the file
    std::map<std::string, double> fit;  ///< by the networks' texts
    std::vector<Architecture> judge;
};
/// @return what the networks of `judge` cost, in their order.
using PriceLearner = std::function<std::vector<double>(const PriceLesson&)>;
/// The cost model of a lesson, with its file.
std::string to_yaml(const PriceLesson&, const std::filesystem::path& file);

/// How well the judged networks' prices are told by the device itself: by every second time that it was asked, and by
/// the others.
struct Repeatability {
    double median_difference_pct = 0;
    double spearman = 0;
    /// What may be expected of prices without any error, against these: sqrt(2 r / (1 + r)) by the formulas of Spearman
    /// and Brown, and of attenuation.
    double best_spearman = 0;
};

struct Calibration {
    std::vector<CalibratedModel> models;         ///< the additive table first, as far as the table is whole
    std::size_t recommended = 0;                 ///< the one with the least p90_error_pct; a median sees no tail
    std::size_t fitted = 0, judged = 0;          ///< networks
    std::optional<Repeatability> repeatability;  ///< where all that are judged were priced more than once
    std::vector<std::string> notes;              ///< what could not be done, and why
};

/// Names of the files that `to_yaml` of a calibrated model names.
inline constexpr const char *kGroupTable = "table.csv", *kNetworkTable = "networks.csv";

/// Fits to every second network of the plan that was priced and judges by the others: the sum of the table, the same
/// with a least-squares factor, constant for each group and constant, and models that learn; one that cannot is a note.
/// Networks that cost 0 or less are left out.
/// @throws Error if fewer than 20 networks were priced, or no model could be judged.
Calibration calibrate(const SearchSpace&, const CalibrationPlan&, const Priced&, const std::string& metric,
                      const PriceLearner&);

/// One row a model, the recommended one marked. @param folder for programs: a column more, with the YAML.
report::Table calibration_table(const Calibration&, const std::optional<std::filesystem::path>& folder);

/// How far prices of the same networks by two cost models are apart.
struct PriceAgreement {
    double factor = 1;                                         ///< the second ones over the first, their median
    double median_difference_pct = 0, p90_difference_pct = 0;  ///< of the second ones without that factor
    double spearman = 0;
};
PriceAgreement agreement(const std::vector<double>& first, const std::vector<double>& second);

}  // namespace espalier::host
