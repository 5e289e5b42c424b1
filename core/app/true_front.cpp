// SPDX-License-Identifier: Apache-2.0
#include "app/true_front.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>

#include <fmt/format.h>

#include "espalier/sdk/csv.hpp"

#include "app/experiment_file.hpp"
#include "app/run_folder.hpp"

namespace espalier::app {

namespace {

host::ComparedRun from_csv(const std::string& path, const std::vector<Objective>& objectives)
{
    std::vector<std::string> columns;
    columns.reserve(objectives.size());
    for (const Objective& objective : objectives)
        columns.push_back(objective.metric);
    const CsvColumns csv(path, columns);
    host::ComparedRun read;
    read.name = path;
    read.points = moo::Points(objectives.size());
    std::vector<double> point(columns.size());
    for (std::size_t row = 0; row < csv.rows(); ++row) {
        for (std::size_t m = 0; m < columns.size(); ++m) {
            const std::optional<double> value = csv.number(row, m);
            if (!value)
                throw Error(csv.no_number(row, m));
            point[m] = objectives[m].maximise ? -*value : *value;
        }
        if (std::ranges::all_of(point,
                                [](double value) { return std::isfinite(value); }))  // else no point, as in a run
            read.points.append(point);
    }
    return read;
}

}  // namespace

host::ComparedRun read_true_front(const std::string& path, const std::vector<Objective>& objectives,
                                  const host::Catalog& catalog)
{
    host::ComparedRun front;
    if (is_run(path)) {
        const host::NamedRun run{path, host::RunStore::read_only(path)};
        host::Experiment experiment = stored_experiment(run.store, catalog);
        experiment.objectives = objectives;
        front = host::read_compared_run(run, experiment, host::Counted::rows);
    } else if (std::filesystem::is_regular_file(path)) {
        front = from_csv(path, objectives);
    } else {
        throw UsageError("--true-front " + path + ": is neither a run nor a file");
    }
    if (front.points.empty())
        throw UsageError("--true-front " + path + ": holds no point with all objectives");
    return front;
}

}  // namespace espalier::app
