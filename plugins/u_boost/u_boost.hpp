// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "gradient.hpp"

namespace espalier::u_boost {

/// Yüzügüler, Dimitriadis and Frossard, "U-Boost NAS" (ECCV 2022): first the operations, all widths the same, then the
/// widths, operations fixed; each stage with weights of its own.
class UBoost final : public Strategy {
public:
    struct Options : SearchOptions {
        Options() { utilisation = "utilisation"; }
        int width = 128, width_epochs = 30;
        static void describe(Describe<Options>&);
    };
    /// @throws Error unless the space decides on operations and on widths. @throws OptionError unless it has `width`.
    UBoost(const Options&, const Setup&);
    void search(Search&) override;
    bool announces_winners() const override { return true; }

private:
    Options options_;
    Partners partners_;
    Architecture first_;          // with the fixed widths
    std::vector<bool> is_width_;  // of each decision
};

}  // namespace espalier::u_boost
