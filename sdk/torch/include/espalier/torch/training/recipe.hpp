// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <optional>
#include <string>
#include <variant>

#include "espalier/option.hpp"
#include "espalier/torch/data/data.hpp"
#include "espalier/torch/training/optimiser.hpp"
#include "espalier/torch/training/schedule.hpp"

namespace espalier::torch_sdk {

/// How weights are trained: the options that every component that trains has in common.
struct ESPALIER_API Recipe {
    int epochs = 12, batch = 128, images = 0, crop = 4, cutout = 0;
    double learning_rate = 0.1, momentum = 0.9, weight_decay = 5e-4, label_smoothing = 0, clip = 0, colour_jitter = 0;
    double resized_crop = 0, end_rate = 0, period = 30, gamma = 0.1, rise = 0.3, warm_up = 0, average = 0;
    double until_loss = 0;
    bool flip = true;
    std::string optimiser = "sgd", schedule = "cosine", decay = "all";
    static void describe(Describe<Recipe>&);

    std::variant<Sgd, Adam> rule() const;
    std::optional<std::size_t> known_epochs() const;  ///< none: the loss may end it before
    Schedule rates(double steps_an_epoch) const;      ///< in steps
    Augmentation augmentation() const;
};

}  // namespace espalier::torch_sdk
