// SPDX-License-Identifier: Apache-2.0
#include "host/compare/compared_run.hpp"

#include <algorithm>
#include <cmath>

#include "host/search/winners.hpp"

namespace espalier::host {

ComparedRun read_compared_run(const NamedRun& run, const Experiment& experiment, Counted counted)
{
    ComparedRun read;
    read.name = run.name;
    read.seed = experiment.seed;
    read.state = run.store.state();
    read.started = run.store.provenance("started").value_or("");
    read.version = run.store.provenance("espalier.version").value_or("");
    read.points = moo::Points(experiment.objectives.size());
    // Older runs do not say that rows spend where there is no evaluator.
    const bool all_spend = !experiment.evaluator;
    int round = 0;
    std::vector<double> point(experiment.objectives.size());
    run.store.for_each_evaluation([&](const StoredEvaluation& row) {
        const Evaluation& evaluation = row.evaluation;
        ++read.counts.rows;
        read.counts.evaluations += row.spent || all_spend ? 1 : 0;
        read.counts.infeasible += evaluation.status == Status::infeasible ? 1 : 0;
        read.counts.failed += evaluation.status == Status::failed ? 1 : 0;
        if (row.round > round) {
            round = row.round;
            read.points.clear();
            read.at.clear();
        }
        if (!evaluation.ok())
            return;
        bool known = may_win(experiment, evaluation);
        for (std::size_t m = 0; known && m < point.size(); ++m) {
            const double value = evaluation.metrics.find(experiment.objectives[m].metric)->second;
            point[m] = experiment.objectives[m].maximise ? -value : value;
            known = std::isfinite(value);
        }
        if (!known) {
            ++read.counts.no_points;
            return;
        }
        read.points.append(point);
        const std::size_t so_far = counted == Counted::rows ? read.counts.rows : read.counts.evaluations;
        read.at.push_back(static_cast<std::uint32_t>(std::max<std::size_t>(so_far, 1)));
    });
    read.length = counted == Counted::rows ? read.counts.rows : read.counts.evaluations;
    for (StoredWinner& winner : run.store.winners())
        if (winner.verified)
            read.verified_winners.push_back(std::move(winner));
    return read;
}

}  // namespace espalier::host
