// SPDX-License-Identifier: Apache-2.0
#include "meta_graph.hpp"

#include <algorithm>

#include "espalier/data.hpp"
#include "espalier/error.hpp"
#include "espalier/resolve.hpp"

#include "network.hpp"

namespace espalier::meta_graph {
namespace {

Shape input_shape(const MetaGraph::Options& o, std::int64_t side, const Data* data)
{
    const Shape input = !o.input.empty() ? Shape(o.input) : data != nullptr ? data->input() : Shape{3, side, side};
    if (input.size() != 3)
        throw OptionError("input", "needs images of [channels, height, width]; it is " + to_string(input));
    if (data != nullptr && input != data->input())
        throw OptionError("input", to_string(input) + " contradicts `data`, whose examples are " +
                                       to_string(data->input()) + "; leave it out");
    return input;
}

std::size_t class_count(const MetaGraph::Options& o, std::size_t preset, const Data* data)
{
    if (o.classes == 0)
        return data != nullptr ? data->classes() : preset;
    if (data != nullptr && static_cast<std::size_t>(o.classes) != data->classes())
        throw OptionError("classes", std::to_string(o.classes) + " contradicts `data`, which has " +
                                         std::to_string(data->classes()) + " classes; leave it out");
    return static_cast<std::size_t>(o.classes);
}

[[noreturn]] void fail(std::string_view text, std::size_t position, const std::string& sentence)
{
    throw Error("architecture '" + std::string(text) + "': position " + std::to_string(position + 1) + ": " + sentence);
}

}  // namespace

void MetaGraph::Options::describe(Describe<Options>& d)
{
    d("backbone", &Options::backbone,
      "cifar32, 64, 224: 17 layers as wide as MobileNetV2's, for images of that side; r9: nine narrow ones, for 32")
        .one_of({"cifar32", "64", "224", "r9"});
    d("combine", &Options::combine, "what a layer makes of its modules' outputs; mean suits short trainings")
        .one_of({"sum", "mean"});
    d("input", &Options::input,
      "channels, height, width of an example; empty: those of `data`; without, 3 and the backbone's side")
        .range(1, 65536);
    d("classes", &Options::classes,
      "outputs of the network; 0: those of `data`; without, 10 or, of 64, 200 or, of 224, 1000")
        .range(0, 1e6);
    d("stem_stride", &Options::stem_stride, "0: the backbone's, 2 of 224 and 1 of the others").range(0, 2);
    d("width", &Options::width, "multiplier of all channels, those of stem and head too").range(0.05, 10);
}

MetaGraph::MetaGraph(const Options& o, const Setup& setup)
{
    Backbone around = backbone(o.backbone, o.width);
    if (o.stem_stride > 0)
        around.stem_stride = o.stem_stride;
    super_ = super_network(around, input_shape(o, around.side, setup.data), class_count(o, around.classes, setup.data),
                           o.combine == "mean" ? Combination::mean : Combination::sum);
    for (const Stage& stage : around.stages)
        for (int i = 0; i < stage.layers; ++i)
            first_.push_back(i == 0);
    for (std::size_t layer = 1; layer <= first_.size(); ++layer)
        for (const std::string_view module : kModules)
            decisions_.push_back({"layer" + std::to_string(layer) + "." + std::string(module), {"off", "on"}});
}

Network MetaGraph::network(const Region& region) const
{
    return resolved(super_, region);
}

std::string MetaGraph::key(const Architecture& a) const
{
    return text(canonical(a));
}

Architecture MetaGraph::canonical(const Architecture& a) const
{
    Architecture result = a;
    for (std::size_t layer = 0; layer < first_.size(); ++layer) {
        const auto modules = result.choices.begin() + static_cast<std::ptrdiff_t>(layer * kModules.size());
        if (first_[layer] && std::all_of(modules, modules + kModules.size(), [](auto on) { return on == 0; }))
            modules[kForced] = 1;
    }
    return result;
}

std::string MetaGraph::text(const Architecture& a) const
{
    std::string text;
    for (std::size_t i = 0; i < a.choices.size(); ++i) {
        if (i > 0 && i % kModules.size() == 0)
            text += ',';
        text += a.choices[i] == 0 ? '0' : '1';
    }
    return text;
}

Architecture MetaGraph::parse(std::string_view text) const
{
    Architecture a;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (a.choices.size() == decisions_.size())
            fail(text, at, "nothing may follow the last of " + std::to_string(first_.size()) + " layers");
        const bool layer_ends = at % (kModules.size() + 1) == kModules.size();
        if (layer_ends && text[at] != ',')
            fail(text, at, "a layer has " + std::to_string(kModules.size()) + " modules; a comma is expected");
        if (layer_ends)
            continue;
        if (text[at] != '0' && text[at] != '1')
            fail(text, at, "'" + decisions_[a.choices.size()].name + "' is 0, off, or 1, on");
        a.choices.push_back(text[at] == '1' ? 1 : 0);
    }
    if (a.choices.size() < decisions_.size())
        fail(text, text.size(),
             "the end, where '" + decisions_[a.choices.size()].name + "' of " + std::to_string(first_.size()) +
                 " layers is expected");
    return a;
}

}  // namespace espalier::meta_graph
