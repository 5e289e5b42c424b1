// SPDX-License-Identifier: Apache-2.0
#include "host/compare/compared_run.hpp"

#include <algorithm>
#include <cmath>

#include "espalier/moo/dominance.hpp"
#include "espalier/moo/hypervolume.hpp"

#include "host/search/winners.hpp"

namespace espalier::host {
namespace {

/// The points that nobody dominated so far, and their hypervolume.
class GrowingFront {
public:
    explicit GrowingFront(std::span<const double> reference)
        : reference_{reference.begin(), reference.end()}, front_{reference.size()}, shared_{reference.size()}
    {
    }

    double volume() const { return volume_; }

    void add(std::span<const double> point)
    {
        for (std::size_t m = 0; m < reference_.size(); ++m)
            if (point[m] >= reference_[m])
                return;
        for (std::size_t i = 0; i < front_.rows(); ++i)
            if (moo::dominates(front_[i], point) || std::ranges::equal(front_[i], point))
                return;
        volume_ += box(point) - shared_with(point);
        moo::Points left(reference_.size());
        for (std::size_t i = 0; i < front_.rows(); ++i)
            if (!moo::dominates(point, front_[i]))
                left.append(front_[i]);
        left.append(point);
        front_ = std::move(left);
    }

private:
    double box(std::span<const double> point) const
    {
        double volume = 1;
        for (std::size_t m = 0; m < reference_.size(); ++m)
            volume *= reference_[m] - point[m];
        return volume;
    }
    /// What of the box of `point` the front dominates already.
    double shared_with(std::span<const double> point)
    {
        shared_.clear();
        std::vector<double> worse(reference_.size());
        for (std::size_t i = 0; i < front_.rows(); ++i) {
            for (std::size_t m = 0; m < worse.size(); ++m)
                worse[m] = std::max(front_[i][m], point[m]);
            shared_.append(worse);
        }
        return moo::hypervolume(shared_, reference_);
    }

    std::vector<double> reference_;
    moo::Points front_, shared_;
    double volume_ = 0;
};

}  // namespace

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
    return read;
}

std::vector<double> hypervolume_curve(const moo::Points& points, std::span<const std::uint32_t> at, std::size_t length,
                                      std::span<const double> reference)
{
    GrowingFront front(reference);
    std::vector<double> curve(length);
    std::size_t next = 0;
    for (std::size_t count = 1; count <= length; ++count) {
        for (; next < points.rows() && at[next] <= count; ++next)
            front.add(points[next]);
        curve[count - 1] = front.volume();
    }
    return curve;
}

}  // namespace espalier::host
