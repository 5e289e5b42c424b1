// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "espalier/component.hpp"
#include "espalier/shape.hpp"

namespace espalier {

/// Examples to train and test on. Core knows their shape only; sdk/torch derives `TensorData`, which has the tensors.
class ESPALIER_API Data : public Component {
public:
    ~Data() override;
    virtual Shape input() const = 0;  ///< of one example
    virtual std::size_t classes() const = 0;
};

}  // namespace espalier
