// SPDX-License-Identifier: Apache-2.0
#include "space.hpp"

#include <string>

#include "espalier/data.hpp"
#include "espalier/error.hpp"
#include "espalier/resolve.hpp"

#include "cell.hpp"

namespace espalier::nas_bench_201 {
namespace {

Shape input_shape(const NasBench201::Options& o, const Data* data)
{
    if (o.input.empty())
        return data ? data->input() : Shape{3, 32, 32};
    if (o.input.size() != 3)
        throw OptionError("input", "must be [channels, height, width]");
    const Shape input(o.input);
    if (data && input != data->input())
        throw OptionError("input", to_string(input) + " contradicts `data`, whose examples are " +
                                       to_string(data->input()) + "; leave it out");
    return input;
}

std::size_t class_count(const NasBench201::Options& o, const Data* data)
{
    if (o.classes == 0)
        return data ? data->classes() : 10;
    if (data && static_cast<std::size_t>(o.classes) != data->classes())
        throw OptionError("classes", std::to_string(o.classes) + " contradicts `data`, which has " +
                                         std::to_string(data->classes()) + " classes; leave it out");
    return static_cast<std::size_t>(o.classes);
}

Skeleton skeleton(const NasBench201::Options& o, const Data* data)
{
    const Skeleton s{.input = input_shape(o, data),
                     .classes = class_count(o, data),
                     .channels = o.channels,
                     .cells = o.cells,
                     .stem = o.stem,
                     .reductions = o.reductions};
    if (s.input.size() != 3)
        throw Error("nas_bench_201 needs images of channels x height x width; `data` gives " + to_string(s.input));
    if (!s.stem && s.input[0] != s.channels)
        throw OptionError("channels", "must equal the " + std::to_string(s.input[0]) +
                                          " channels of the input where there is no stem");
    if (s.reductions && (s.input[1] % 4 != 0 || s.input[2] % 4 != 0))
        throw OptionError(o.input.empty() ? "reductions" : "input",
                          "the two reductions halve height and width, which must be multiples of 4; the input is " +
                              to_string(s.input));
    return s;
}

}  // namespace

void NasBench201::Options::describe(Describe<Options>& d)
{
    d("channels", &Options::channels, "channels of the first stage; each reduction doubles them")
        .range(1, 4096)
        .symbol("C");
    d("cells", &Options::cells, "cells per stage").range(1, 1000).symbol("N");
    d("classes", &Options::classes, "outputs of the network; 0: those of `data`, 10 without").range(0, 1e6);
    d("input", &Options::input, "channels, height, width of an example; empty: those of `data`, 3x32x32 without")
        .range(1, 65536);
    d("stem", &Options::stem, "false: the cells alone, without the stem before and the classifier behind them");
    d("reductions", &Options::reductions, "false: a single stage of cells");
}

NasBench201::NasBench201(const Options& options, const Setup& setup)
    : super_{super_network(skeleton(options, setup.data))}
{
    const std::vector<std::string> labels(operations().begin(), operations().end());
    for (const auto& [from, to] : kEdgeOrder)
        decisions_.push_back({std::to_string(from) + "->" + std::to_string(to), labels});
}

Network NasBench201::network(const Region& region) const
{
    return resolved(super_, region);
}

std::string NasBench201::key(const Architecture& a) const
{
    return to_string(representative(a));
}

Architecture NasBench201::canonical(const Architecture& a) const
{
    return representative(a);
}

std::unique_ptr<SearchSpace> NasBench201::resized(const NetworkSize& size, const Data& examples) const
{
    Options options;
    options.channels = size.width;
    options.cells = size.depth;
    options.stem = options.reductions = !size.bare;
    Setup setup;
    setup.data = &examples;
    return std::make_unique<NasBench201>(options, setup);
}

std::string NasBench201::text(const Architecture& a) const
{
    return nas_bench_201::text(a);
}

Architecture NasBench201::parse(std::string_view text) const
{
    return nas_bench_201::parse(text);
}

}  // namespace espalier::nas_bench_201
