// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "espalier/export.hpp"

namespace espalier {

/// On what and how something is measured: prices under other conditions are others. Empty or 0: not known.
struct MeasuringConditions {
    std::string processor = {}, precision = {}, runtime = {};  ///< "float32", "LibTorch 2.13.0"
    int threads = 0, batch = 0;
    bool operator==(const MeasuringConditions&) const = default;
};

/// An evaluator that measures and knows its conditions: `dynamic_cast<const Measuring*>(&model)`, else null.
class ESPALIER_API Measuring {
public:
    virtual MeasuringConditions conditions() const = 0;

protected:
    ~Measuring() = default;
};

}  // namespace espalier
