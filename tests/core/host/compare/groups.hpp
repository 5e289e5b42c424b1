// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <utility>
#include <vector>

#include "host/compare/comparison.hpp"

/// A run whose i-th count found the i-th point, minimised.
inline espalier::host::ComparedRun found(const std::vector<std::vector<double>>& points)
{
    espalier::host::ComparedRun run;
    run.points = espalier::moo::Points(points.front().size());
    for (const std::vector<double>& point : points) {
        run.points.append(point);
        run.at.push_back(static_cast<std::uint32_t>(run.at.size() + 1));
    }
    run.length = run.counts.evaluations = run.counts.rows = points.size();
    return run;
}

inline espalier::host::ComparedGroup group(std::string name, std::vector<espalier::host::ComparedRun> runs)
{
    espalier::host::ComparedGroup made;
    made.name = std::move(name);
    made.runs = std::move(runs);
    return made;
}

inline const std::vector<espalier::Objective> kTwo{{"quality", true}, {"cost", false}};

/// Against quality 0 and cost 10 the hypervolumes of the first group are 1 1 4 16 and 1 9 9 16, of the second 16 25.
inline espalier::host::Comparison slow_and_fast(const espalier::host::ComparisonOptions& options)
{
    return espalier::host::compare(
        kTwo,
        {group("slow", {found({{-1, 9}, {-1, 9}, {-2, 8}, {-4, 6}}), found({{-1, 9}, {-3, 7}, {-2, 8}, {-4, 6}})}),
         group("fast", {found({{-4, 6}, {-5, 5}})})},
        options);
}
