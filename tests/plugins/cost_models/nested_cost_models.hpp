// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "analytic/blackbox.hpp"
#include "analytic/device_profile.hpp"
#include "analytic/roofline.hpp"
#include "analytic/systolic.hpp"
#include "analytic/systolic_tiles.hpp"
#include "composite.hpp"
#include "counted.hpp"
#include "memory.hpp"
#include "toys/nested_components.hpp"

namespace espalier::test {

/// The plug-in's cost models that read no file, under the names that it gives them.
inline NestedComponents nested_cost_models()
{
    NestedComponents parts;
    parts.add<cost_models::Macs>("macs", "");
    parts.add<cost_models::Params>("params", "");
    parts.add<cost_models::Memory>("memory", "");
    parts.add<cost_models::Roofline>("roofline", "");
    parts.add<cost_models::Systolic>("systolic", "");
    parts.add<cost_models::SystolicTiles>("systolic_tiles", "");
    parts.add<cost_models::DeviceProfile>("device_profile", "");
    parts.add<cost_models::Blackbox>("blackbox", "");
    parts.add<cost_models::Composite>("composite", "");
    return parts;
}

}  // namespace espalier::test
