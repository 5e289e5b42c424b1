// SPDX-License-Identifier: Apache-2.0
#include "evaluation.hpp"

#include <algorithm>
#include <functional>
#include <set>
#include <sstream>
#include <utility>

#include <ATen/ops/tensor.h>
#include <c10/core/InferenceMode.h>

#include "policies.hpp"

namespace espalier::qos_nas {
namespace {

constexpr std::int64_t kScoringBatch = 500;

using Policies = std::set<std::vector<std::uint8_t>>;

/// Answers one request for each example.
Answers asked(Model& model, const torch_sdk::TensorData& data, const torch_sdk::Examples& examples,
              const std::vector<double>& requested, Policies& seen)
{
    const c10::InferenceMode inference;
    torch_sdk::Epoch batches(data, examples.split, examples.indices, kScoringBatch, {}, Rng(0));
    std::vector<double> fps;
    std::vector<std::uint8_t> correct;
    while (const auto batch = batches.next()) {
        const torch_sdk::Batch here = batch->to(model.weights.device());
        const std::vector<double> rates(requested.begin() + std::ssize(fps),
                                        requested.begin() + std::ssize(fps) + here.y.size(0));
        const Tensor policies = model.greedy_policies(here.x(), at::tensor(rates, at::kDouble));
        const Tensor right = model.answers(here, policies).argmax(1).eq(here.y).to(at::kCPU, at::kByte).contiguous();
        const PolicyRows rows(policies);
        for (std::int64_t i = 0; i < rows.count(); ++i) {
            fps.push_back(model.latency.fps(rows[i]));
            correct.push_back(right.const_data_ptr<std::uint8_t>()[i]);
            seen.emplace(rows[i].begin(), rows[i].end());
        }
    }
    return answers(requested, fps, correct);
}

Answers& operator+=(Answers& sum, const Answers& one)
{
    sum.satisfied_pct += one.satisfied_pct;
    sum.met_pct += one.met_pct;
    sum.accuracy_pct += one.accuracy_pct;
    sum.mean_fps += one.mean_fps;
    return sum;
}

Answers sampled(Model& model, const torch_sdk::TensorData& data, const torch_sdk::Examples& examples,
                const Distribution& distribution, int draws, Rng& rng)
{
    Answers sum;
    Policies seen;
    for (int draw = 0; draw < draws; ++draw) {
        std::vector<double> requested;
        while (requested.size() < examples.indices.size())
            requested.push_back(model.range.rate(distribution.quantile(rng.uniform())));
        sum += asked(model, data, examples, requested, seen);
    }
    return {sum.satisfied_pct / draws, sum.met_pct / draws, sum.accuracy_pct / draws, sum.mean_fps / draws};
}

/// The share of satisfied requests, along lines between the points of the curve.
double by_curve(std::span<const CurvePoint> curve, const Distribution& distribution)
{
    double sum = 0;
    for (std::size_t i = 1; i < curve.size(); ++i) {
        const CurvePoint &a = curve[i - 1], &b = curve[i];
        sum += (distribution.cumulative(b.share) - distribution.cumulative(a.share)) *
               (a.answers.satisfied_pct + b.answers.satisfied_pct) / 2;
    }
    return sum;
}

}  // namespace

Results evaluated(Model& model, const torch_sdk::TensorData& data, const torch_sdk::Examples& examples, int points,
                  int draws, Rng rng)
{
    Results results;
    Policies all;
    for (int i = 0; i < points; ++i) {
        const double share = static_cast<double>(i) / (points - 1), rate = model.range.rate(share);
        Policies seen;
        const std::vector<double> requested(examples.indices.size(), rate);
        const Answers answers = asked(model, data, examples, requested, seen);
        results.curve.push_back({share, rate, answers, seen.size()});
        all.merge(seen);
    }
    results.policies = all.size();
    for (const Distribution& distribution : distributions()) {
        results.sampled.push_back(sampled(model, data, examples, distribution, draws, rng));
        results.closed.push_back(by_curve(results.curve, distribution));
    }
    return results;
}

std::string curve_csv(const Results& results)
{
    std::ostringstream text;
    text << "requested_fps,mean_fps,met_pct,top1_pct,satisfied_pct,policies\n";
    for (const CurvePoint& point : results.curve)
        text << point.requested_fps << ',' << point.answers.mean_fps << ',' << point.answers.met_pct << ','
             << point.answers.accuracy_pct << ',' << point.answers.satisfied_pct << ',' << point.policies << '\n';
    return text.str();
}

std::string distributions_csv(const Results& results, std::span<const std::pair<std::string, FixedModel>> fixed,
                              const RequestRange& range)
{
    std::ostringstream text;
    text << "model,fps,top1_pct";
    for (const Distribution& distribution : distributions())
        text << ",satisfied_" << distribution.name << "_pct";
    const auto row = [&](const std::string& name, const std::function<double(std::size_t)>& satisfied) {
        text << '\n' << name;
        for (std::size_t i = 0; i < distributions().size(); ++i)
            text << ',' << satisfied(i);
    };
    row("qos_nas,,", [&](std::size_t i) { return results.sampled[i].satisfied_pct; });
    row("qos_nas by its curve,,", [&](std::size_t i) { return results.closed[i]; });
    std::vector<FixedModel> models;
    for (const auto& [name, model] : fixed) {
        std::ostringstream label;
        label << name << ',' << model.fps << ',' << model.accuracy_pct;
        row(label.str(), [&](std::size_t i) { return satisfied_pct({&model, 1}, distributions()[i], range); });
        models.push_back(model);
    }
    if (models.size() > 1)
        row("the best of these for each request,,",
            [&](std::size_t i) { return satisfied_pct(models, distributions()[i], range); });
    text << '\n';
    return text.str();
}

}  // namespace espalier::qos_nas
