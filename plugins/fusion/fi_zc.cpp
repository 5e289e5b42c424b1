// SPDX-License-Identifier: Apache-2.0
#include "fi_zc.hpp"

#include "espalier/config.hpp"

namespace espalier::fusion {

namespace {

Fusion::Options chosen(const FiZc::Options& o)
{
    Fusion::Options all;
    all.metrics = {"complexity", "jacobian_logdet", "meco"};
    if (!o.light)
        all.metrics.insert(all.metrics.end(), {"trainability", "synflow"});
    std::string of = "{use: indicators, metrics: [";
    for (const std::string& metric : all.metrics)
        of += metric + ", ";
    of += "], scored_batch: " + std::to_string(o.images) + ", repeats: " + std::to_string(o.repeats) +
          ", seed: " + std::to_string(o.seed) + "}";
    all.of = Use<Evaluator>(of);
    if (o.network) {
        Config& network = all.of.config.items.emplace_back(o.network.config);  // with its place
        network.key = "scored_network";
    }
    all.as = "fi_zc";
    all.reference = o.reference;
    all.per_step = o.per_step;
    all.seed = o.seed;
    return all;
}

}  // namespace

void FiZc::Options::describe(Describe<Options>& d)
{
    d("light", &Options::light,
      "three indicators at half the time: without `trainability` and `synflow`. Weaker on images of many classes");
    d("network", &Options::network,
      "a space with the decisions of the one searched, to be scored instead; none: that one");
    d("images", &Options::images, "training images that the networks are shown; their labels are not used")
        .range(2, 4096);
    d("repeats", &Options::repeats, "independent weights and images; the indicators are means").range(1, 1000);
    d("reference", &Options::reference, "different random networks that the ranks refer to").range(2, 1e5);
    d("per_step", &Options::per_step, "networks between two saves while the reference set is learnt").range(1, 1e5);
    d("seed", &Options::seed, "of images, weights and the reference set; the experiment's seed changes none of them");
}

FiZc::FiZc(const Options& options, const Setup& setup) : Fusion(chosen(options), setup) {}

}  // namespace espalier::fusion
