// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/export.hpp"

namespace espalier {

/// Anything an experiment names with `use:`. Made from its options, never changed by others.
class ESPALIER_API Component {
public:
    Component() = default;
    virtual ~Component();
    Component(const Component&) = delete;
    Component& operator=(const Component&) = delete;
};

}  // namespace espalier
