// SPDX-License-Identifier: Apache-2.0
#include "espalier/torch/data/examples.hpp"

#include <algorithm>
#include <map>

namespace espalier::torch_sdk {
namespace {

TrainingExamples with_split(const TensorData& data, Split split, std::int64_t count, Rng& rng)
{
    const std::int64_t all = data.examples(Split::train);
    return {{Split::train, random_indices(all, count > 0 ? count : all, rng)},
            {split, first_indices(data.examples(split))}};
}

}  // namespace

TrainingExamples with_test(const TensorData& data, std::int64_t count, Rng& rng)
{
    return with_split(data, Split::test, count, rng);
}

TrainingExamples with_validation(const TensorData& data, std::int64_t count, double held_out, Rng& rng)
{
    if (data.examples(Split::validation) > 0)
        return with_split(data, Split::validation, count, rng);
    const std::int64_t all = data.examples(Split::train);
    const auto apart = std::max<std::int64_t>(1, static_cast<std::int64_t>(held_out * static_cast<double>(all)));
    const std::vector<std::int64_t> drawn = random_indices(all, count > 0 ? apart + count : all, rng);
    return {{Split::train, {drawn.begin() + apart, drawn.end()}},
            {Split::train, {drawn.begin(), drawn.begin() + apart}}};
}

SetAside set_aside(std::span<const std::int64_t> labels, std::int64_t count)
{
    const std::int64_t n = std::ssize(labels);
    std::map<std::int64_t, std::int64_t> size, seen;
    for (const std::int64_t label : labels)
        ++size[label];
    std::vector<std::pair<double, std::int64_t>> order;  // how much of its class comes before an example
    Rng rng(0, "validation");
    for (const std::int64_t i : random_indices(n, n, rng)) {
        const std::int64_t label = labels[static_cast<std::size_t>(i)];
        order.emplace_back((static_cast<double>(seen[label]++) + 0.5) / static_cast<double>(size[label]), i);
    }
    std::ranges::stable_sort(order, {}, &std::pair<double, std::int64_t>::first);
    SetAside found;
    for (const auto& [share, i] : order)
        (std::ssize(found.aside) < count ? found.aside : found.kept).push_back(i);
    std::ranges::sort(found.aside);
    std::ranges::sort(found.kept);
    return found;
}

}  // namespace espalier::torch_sdk
