// SPDX-License-Identifier: Apache-2.0
#include "fbnet.hpp"

#include <algorithm>

#include "espalier/error.hpp"
#include "espalier/resolve.hpp"

#include "network.hpp"

namespace espalier::fbnet {
namespace {

Skeleton skeleton(const FBNet::Options& o, const Data* data)
{
    const bool cifar = o.variant == "cifar";
    const ImageTask preset = cifar ? ImageTask{32, 100} : ImageTask{224, 1000};
    return {cifar ? Variant::cifar : Variant::imagenet, image_task(preset, o.resolution, o.classes, data)};
}

[[noreturn]] void fail(std::string_view text, std::size_t position, const std::string& sentence)
{
    throw Error("architecture '" + std::string(text) + "': position " + std::to_string(position + 1) + ": " + sentence);
}

}  // namespace

void FBNet::Options::describe(Describe<Options>& d)
{
    d("variant", &Options::variant, "strides and head for small images or for large ones")
        .one_of({"cifar", "imagenet"});
    d("resolution", &Options::resolution,
      "height and width of an image; 0: those of `data`; without, 32 or, of imagenet, 224")
        .range(0, 4096);
    d("classes", &Options::classes, "outputs of the network; 0: those of `data`; without, 100 or, of imagenet, 1000")
        .range(0, 1e6);
}

FBNet::FBNet(const Options& options, const Setup& setup) : super_{super_network(skeleton(options, setup.data))}
{
    const std::vector<std::string> labels(kCandidates.begin(), kCandidates.end());
    for (std::size_t layer = 1; layer <= kLayers; ++layer)
        decisions_.push_back({"layer" + std::to_string(layer), labels});
}

Network FBNet::network(const Region& region) const
{
    return resolved(super_, region);
}

std::string FBNet::text(const Architecture& a) const
{
    std::string text;
    for (const std::uint16_t choice : a.choices)
        text += (text.empty() ? "" : " ") + std::string(kCandidates.at(choice));
    return text;
}

Architecture FBNet::parse(std::string_view text) const
{
    Architecture a;
    for (std::size_t at = 0; (at = text.find_first_not_of(' ', at)) != std::string_view::npos;) {
        const std::size_t end = std::min(text.find(' ', at), text.size());
        const std::string word(text.substr(at, end - at));
        if (a.choices.size() == kLayers)
            fail(text, at, "nothing may follow the last of " + std::to_string(kLayers) + " layers");
        const Decision& layer = decisions_[a.choices.size()];
        const auto found = std::find(layer.options.begin(), layer.options.end(), word);
        if (found == layer.options.end())
            fail(text, at, "'" + word + "' is no candidate of '" + layer.name + "'" + suggestion(word, layer.options));
        a.choices.push_back(static_cast<std::uint16_t>(found - layer.options.begin()));
        at = end;
    }
    if (a.choices.size() < kLayers)
        fail(text, text.size(),
             "the end, where '" + decisions_[a.choices.size()].name + "' of " + std::to_string(kLayers) +
                 " layers is expected");
    return a;
}

}  // namespace espalier::fbnet
