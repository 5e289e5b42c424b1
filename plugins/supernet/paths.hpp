// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "espalier/architecture.hpp"
#include "espalier/torch/training/trainer.hpp"

#include "path_constraint.hpp"

namespace espalier::supernet {

/// How the paths of one step are drawn.
struct Sampling {
    std::string rule = "strategy";  ///< strategy, uniform, fair, sandwich
    int random_paths = 2;           ///< of the sandwich rule
    torch_sdk::Distillation distillation = {.share = 1, .temperature = 1};
};

/// Draws the paths of a training step from a super-network.
/// `strategy`: one, as the strategy draws them, uniformly unless it says how. `uniform`: one of the region's
/// architectures, each decision by itself (Guo et al., Single path one-shot, ECCV 2020).
/// `fair`: as many as the most options of a decision; each option of every decision once, in random order, those of
/// smaller decisions as evenly as goes (Chu et al., FairNAS, ICCV 2021, strict fairness).
/// `sandwich`: the largest, the smallest and random ones between, all but the largest learning from its outputs (Yu and
/// Huang, Universally slimmable networks, ICCV 2019).
class PathSampler {
public:
    /// @param super,constraint are lent; null `constraint`: none. @param given what the strategy draws.
    PathSampler(const Network& super, const Region&, Sampler given, const Sampling&, const PathConstraint* constraint);
    std::vector<torch_sdk::Path> operator()(Rng&, Context&) const;

private:
    std::vector<Architecture> fair(Rng&) const;
    torch_sdk::Path path(const Architecture&) const;
    Architecture drawn(Rng&, Context&) const;

    const Network& super_;
    Region region_;
    Sampler given_;
    Sampling sampling_;
    const PathConstraint* constraint_;
    std::optional<torch_sdk::Path> largest_, smallest_;  ///< of the sandwich rule
};

}  // namespace espalier::supernet
