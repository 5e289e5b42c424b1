// SPDX-License-Identifier: Apache-2.0
#include "espalier/plugin.hpp"

#include "mobilenet_v3.hpp"
#include "resnet50.hpp"
#include "surrogate.hpp"

namespace espalier::once_for_all {
namespace {

void register_components(Registry& registry)
{
    registry.add<MobileNetV3>("ofa_mobilenet_v3",
                              "the sub-networks of the once-for-all MobileNetV3: kernels, expansions and depths");
    registry.add<ResNet50>("ofa_resnet50",
                           "the sub-networks of the once-for-all ResNet50D: depths, expansions and widths");
    registry.add<Surrogate>("ofa_surrogate",
                            "ImageNet accuracy of once-for-all sub-networks, as published predictors have it");
}

}  // namespace
}  // namespace espalier::once_for_all

ESPALIER_PLUGIN("once_for_all", "0.1.0", espalier::once_for_all::register_components)
