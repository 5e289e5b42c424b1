// SPDX-License-Identifier: Apache-2.0
#include "paths.hpp"

#include <algorithm>

#include "espalier/resolve.hpp"

#include "extremes.hpp"

namespace espalier::supernet {

using torch_sdk::Path;

PathSampler::PathSampler(const Network& super, const Region& region, Sampler given, const Sampling& sampling,
                         const PathConstraint* constraint)
    : super_{super}, region_{region}, given_{std::move(given)}, sampling_{sampling}, constraint_{constraint}
{
    if (sampling_.rule == "uniform")
        given_ = [region](Rng& rng) { return random_architecture(region, rng); };
    if (sampling_.rule == "sandwich") {
        const Extremes found = extremes(super, region);
        largest_ = path(found.largest);
        smallest_ = path(found.smallest);
        smallest_->from_first = sampling_.distillation;
    }
}

std::vector<Path> PathSampler::operator()(Rng& rng, Context& context) const
{
    std::vector<Path> paths;
    if (sampling_.rule == "fair") {
        for (const Architecture& architecture : fair(rng))
            paths.push_back(path(architecture));
    } else if (sampling_.rule == "sandwich") {
        paths = {*largest_, *smallest_};
        for (int i = 0; i < sampling_.random_paths; ++i) {
            paths.push_back(path(drawn(rng, context)));
            paths.back().from_first = sampling_.distillation;
        }
    } else {
        paths.push_back(path(drawn(rng, context)));
    }
    return paths;
}

std::vector<Architecture> PathSampler::fair(Rng& rng) const
{
    std::size_t count = 1;
    for (std::size_t d = 0; d < region_.decisions(); ++d)
        count = std::max(count, region_.options(d).size());
    std::vector<Architecture> paths(count, Architecture{std::vector<std::uint16_t>(region_.decisions())});
    for (std::size_t d = 0; d < region_.decisions(); ++d) {
        std::vector<std::uint16_t> order(region_.options(d).begin(), region_.options(d).end());
        for (std::size_t i = 0; i < count; ++i) {
            if (i % order.size() == 0)
                shuffle(order, rng);
            paths[i].choices[d] = order[i % order.size()];
        }
    }
    return paths;
}

Path PathSampler::path(const Architecture& architecture) const
{
    return {resolved(super_, Region(architecture))};
}

Architecture PathSampler::drawn(Rng& rng, Context& context) const
{
    return constraint_ != nullptr ? constraint_->draw(given_, rng, context) : given_(rng);
}

}  // namespace espalier::supernet
