// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <vector>

#include "espalier/component.hpp"
#include "espalier/shape.hpp"

namespace espalier {

/// Examples to train and test on. Core knows their shapes only; sdk/torch derives `TensorData`, which has the tensors.
class ESPALIER_API Data : public Component {
public:
    /// One thing that a network is given of every example: an image, a sentence, the number of a user.
    struct Input {
        std::string name;
        Shape shape;
        std::int64_t below = 0;  ///< 0: real numbers; else whole numbers in [0, below), such as words of a vocabulary
    };

    ~Data() override;
    virtual std::vector<Input> inputs() const = 0;  ///< in the order of the networks' `input` layers
    /// What networks are to give for one example: {classes}, {tokens, words}, {1}.
    virtual Shape output() const = 0;
    /// What scoring a network on these data gives, the most telling first: `top1_pct`. None: they have no tensors.
    virtual std::vector<std::string> metrics() const { return {}; }

    Shape input() const;          ///< @throws Error unless there is exactly one input
    std::size_t classes() const;  ///< @throws Error unless the output is a vector, one number for each class
};

}  // namespace espalier
