// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/compare/compared_run.hpp"

namespace espalier::host {

/// The runs of one method: one curve a run, and their mean.
struct ComparedGroup {
    std::string name;
    std::vector<ComparedRun> runs;
    std::vector<std::vector<double>> curves;  ///< one a run; [i]: after i + 1 counts
    std::vector<double> mean, spread;         ///< as far as all runs go; standard deviation with n - 1, of one run: 0
    std::optional<double> to_ideal;           ///< volume between the ideal point and the front: lower is better
    moo::Points front;                        ///< what no point of all runs dominates, ascending in the first objective
};

/// A level of hypervolume that a method reached: "GROUP@COUNT".
struct Threshold {
    std::string group;
    std::size_t count = 0;  ///< after so much of its mean curve
    double level = 0;
};

/// How soon a method reaches a threshold. Infinity: not within its runs.
struct Arrival {
    double count = std::numeric_limits<double>::infinity();   ///< the first at which the mean curve is there
    double median = std::numeric_limits<double>::infinity();  ///< of the same for each run
    double low = 0, high = 0;  ///< bootstrap interval of the median, 95 %; of one run: equal to it
    std::size_t reached = 0;   ///< how many runs do
};

struct ComparisonOptions {
    std::map<std::string, double> reference;  ///< by metric; one that is missing: the worst value of any point
    std::map<std::string, double> ideal;      ///< by metric, of all objectives; none: `to_ideal` is not asked for
    bool normalise = false;                   ///< divide by the box between the best values and the reference
    std::optional<ComparedRun> true_front;    ///< divide by the hypervolume of these points
    std::vector<std::string> thresholds;      ///< "GROUP@COUNT", or "GROUP": its last count. None: each group's last
};

/// Methods beside each other: hypervolume over counts, and counts to thresholds.
struct Comparison {
    std::vector<Objective> objectives;
    std::vector<double> reference, best;  ///< in the metrics' own units
    double unit = 1;                      ///< what every hypervolume was divided by
    bool of_true_front = false, normalised = false, chosen_reference = false;
    std::vector<ComparedGroup> groups;
    std::vector<Threshold> thresholds;           ///< those with a level above 0
    std::vector<std::vector<Arrival>> arrivals;  ///< [threshold][group]
    std::vector<std::string> warnings;           ///< one sentence each
};

/// @param groups with their runs read. @throws Error in one sentence for what cannot be compared: no point at all, a
/// threshold of an unknown group or beyond its curve, a reference that is no objective's.
Comparison compare(std::vector<Objective> objectives, std::vector<ComparedGroup> groups, const ComparisonOptions&);

}  // namespace espalier::host
