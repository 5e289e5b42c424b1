// SPDX-License-Identifier: Apache-2.0
#include "mobilenet_v3.hpp"

#include <string>

#include "espalier/resolve.hpp"

#include "mobilenet_v3_network.hpp"

namespace espalier::once_for_all {
namespace {

using namespace mobilenet_v3;

template <std::size_t N>
std::vector<std::string> labels(const std::array<int, N>& values)
{
    std::vector<std::string> labels;
    labels.reserve(N);
    for (const int value : values)
        labels.push_back(std::to_string(value));
    return labels;
}

std::string place(std::size_t block)
{
    return std::to_string(block / kBlocksPerStage + 1) + "." + std::to_string(block % kBlocksPerStage + 1);
}

/// Whether block `block` of all 20 is within its stage's depth.
bool present(const Architecture& a, std::size_t block)
{
    const std::uint16_t depth = a.choices[kDepth + block / kBlocksPerStage];
    return block % kBlocksPerStage < static_cast<std::size_t>(kDepths[depth]);
}

}  // namespace

void MobileNetV3::Options::describe(Describe<Options>& d)
{
    d("width", &Options::width, "multiplier of all channels; published weights and tables are for 1.0 and 1.2")
        .range(0.1, 10)
        .symbol("w");
    d("resolution", &Options::resolution, "height and width of an image; 0: those of `data`, 224 without")
        .range(0, 4096);
    d("classes", &Options::classes, "outputs of the network; 0: those of `data`, 1000 without").range(0, 1e6);
}

MobileNetV3::MobileNetV3(const Options& options, const Setup& setup)
    : width_{options.width},
      task_{image_task({}, options.resolution, options.classes, setup.data)},
      groups_{{"ks", kBlocks}, {"e", kBlocks}, {"d", kStages}},
      super_{super_network(task_, width_)}
{
    for (std::size_t b = 0; b < kBlocks; ++b)
        decisions_.push_back({"ks" + place(b), labels(kKernels), true});
    for (std::size_t b = 0; b < kBlocks; ++b)
        decisions_.push_back({"e" + place(b), labels(kExpansions), true});
    for (std::size_t s = 0; s < kStages; ++s)
        decisions_.push_back({"d" + std::to_string(s + 1), labels(kDepths), true});
}

Network MobileNetV3::network(const Region& region) const
{
    return resolved(super_, region);
}

std::vector<bool> MobileNetV3::active(const Architecture& a) const
{
    std::vector<bool> active(decisions_.size(), true);
    for (std::size_t b = 0; b < kBlocks; ++b)
        active[kKernel + b] = active[kExpansion + b] = present(a, b);
    return active;
}

std::string MobileNetV3::key(const Architecture& a) const
{
    std::string key(decisions_.size(), '-');
    for (std::size_t b = 0; b < kBlocks; ++b)
        if (present(a, b))
            for (const std::size_t gene : {kKernel + b, kExpansion + b})
                key[gene] = static_cast<char>('0' + a.choices[gene]);
    for (std::size_t s = 0; s < kStages; ++s)
        key[kDepth + s] = static_cast<char>('0' + a.choices[kDepth + s]);
    return key;
}

Architecture MobileNetV3::canonical(const Architecture& a) const
{
    Architecture result = a;
    for (std::size_t b = 0; b < kBlocks; ++b)
        if (!present(a, b))
            result.choices[kKernel + b] = result.choices[kExpansion + b] = 0;
    return result;
}

std::string MobileNetV3::text(const Architecture& a) const
{
    return once_for_all::text(a, decisions_, groups_);
}

Architecture MobileNetV3::parse(std::string_view text) const
{
    return once_for_all::parse(text, decisions_, groups_, task_.side);
}

}  // namespace espalier::once_for_all
