// SPDX-License-Identifier: Apache-2.0
#include "resnet50.hpp"

#include <string>

#include "espalier/error.hpp"
#include "espalier/resolve.hpp"

#include "resnet50_network.hpp"

namespace espalier::once_for_all {
namespace {

ImageTask checked(const ImageTask& task, bool from_option)
{
    const std::string sentence =
        "images of " + std::to_string(task.side) + " pixels are no multiple of 32; the network halves them five times";
    if (task.side % 32 == 0)
        return task;
    if (from_option)
        throw OptionError("resolution", sentence);
    throw Error("`data` has " + sentence);
}

/// Calls `use(decision)` for the expansion of every block that the depths leave out.
template <class Use>
void each_absent(const Architecture& a, Use use)
{
    for (std::size_t stage = 0; stage < resnet50::kStages; ++stage)
        for (std::size_t extra = a.choices[resnet50::kDepth + 1 + stage]; extra < resnet50::kExtraBlocks; ++extra)
            use(resnet50::kExpansion + resnet50::kFirstBlocks[stage] + resnet50::kBaseDepths[stage] + extra);
}

std::vector<std::string> expansion_labels()
{
    return {"0.2", "0.25", "0.35"};
}

std::vector<std::string> width_labels()
{
    return {"0.65", "0.8", "1"};
}

}  // namespace

void ResNet50::Options::describe(Describe<Options>& d)
{
    d("resolution", &Options::resolution,
      "height and width of an image, a multiple of 32; 0: those of `data`, 224 without")
        .range(0, 4096);
    d("classes", &Options::classes, "outputs of the network; 0: those of `data`, 1000 without").range(0, 1e6);
}

ResNet50::ResNet50(const Options& options, const Setup& setup)
    : task_{checked(image_task({}, options.resolution, options.classes, setup.data), options.resolution > 0)},
      groups_{{"d", resnet50::kStages + 1}, {"e", resnet50::kBlocks}, {"w", resnet50::kWidthGenes}},
      super_{resnet50::super_network(task_)}
{
    decisions_.push_back({"d1", {"0", "2"}, true});
    for (std::size_t s = 0; s < resnet50::kStages; ++s)
        decisions_.push_back({"d" + std::to_string(s + 2), {"0", "1", "2"}, true});
    for (std::size_t s = 0; s < resnet50::kStages; ++s)
        for (std::size_t b = 0; b < resnet50::kBaseDepths[s] + resnet50::kExtraBlocks; ++b)
            decisions_.push_back({"e" + std::to_string(s + 1) + "." + std::to_string(b + 1), expansion_labels(), true});
    for (std::size_t w = 0; w < resnet50::kWidthGenes; ++w)
        decisions_.push_back({"w" + std::to_string(w + 1), width_labels(), true});
}

Network ResNet50::network(const Region& region) const
{
    return resolved(super_, region);
}

std::vector<bool> ResNet50::active(const Architecture& a) const
{
    std::vector<bool> active(decisions_.size(), true);
    each_absent(a, [&](std::size_t decision) { active[decision] = false; });
    return active;
}

std::string ResNet50::key(const Architecture& a) const
{
    std::string key;
    key.reserve(a.choices.size());
    for (const std::uint16_t choice : a.choices)
        key += static_cast<char>('0' + choice);
    each_absent(a, [&](std::size_t decision) { key[decision] = '-'; });
    return key;
}

Architecture ResNet50::canonical(const Architecture& a) const
{
    Architecture result = a;
    each_absent(a, [&](std::size_t decision) { result.choices[decision] = 0; });
    return result;
}

std::string ResNet50::text(const Architecture& a) const
{
    return once_for_all::text(a, decisions_, groups_);
}

Architecture ResNet50::parse(std::string_view text) const
{
    return once_for_all::parse(text, decisions_, groups_, task_.side);
}

}  // namespace espalier::once_for_all
