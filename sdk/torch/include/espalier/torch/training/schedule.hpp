// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstdint>

#include "espalier/export.hpp"

namespace espalier::torch_sdk {

/// How the learning rate goes, as a factor of the one that was set, in [0, 1]. Steps may be parts of an epoch.
struct ESPALIER_API Schedule {
    enum class Kind : std::uint8_t {
        constant,
        linear,     ///< from 1 to `end`
        cosine,     ///< half a cosine from 1 to `end` (Loshchilov and Hutter, ICLR 2017, without restarts)
        step,       ///< times `gamma` after every `period` steps
        cyclic,     ///< triangles from `end` to 1 and back in `period` steps (Smith, WACV 2017)
        one_cycle,  ///< half a cosine from `end` to 1 in the first `rise` of the steps, another back (Smith and Topin
                    ///< 2018)
    };
    Kind kind = Kind::cosine;
    double end = 0;
    double gamma = 0.1;
    double period = 30;  ///< in steps
    double rise = 0.3;   ///< in (0, 1)
    double warm_up = 0;  ///< so many steps, linear from 0 to 1, before all else; the rest follows behind them

    /// @param step from 0. @param steps of the whole training, warm-up included; above 0.
    double factor(double step, double steps) const;
};

}  // namespace espalier::torch_sdk
