// SPDX-License-Identifier: Apache-2.0
#include "espalier/search.hpp"

#include "espalier/search_space.hpp"

namespace espalier {

std::vector<Evaluation> Search::evaluate(std::span<const Architecture> batch)
{
    for (const Architecture& architecture : batch)
        submit(architecture);
    std::vector<Evaluation> result;
    result.reserve(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i)
        result.push_back(collect());
    return result;
}

}  // namespace espalier
