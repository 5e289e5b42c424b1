// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "fusion.hpp"

namespace espalier::fusion {

/// Gathers the reference set, then the labelled networks, a few a step, and hands both to the Fusion at the end.
class Fusion::Learning final : public Phase {
public:
    /// `fusion` must outlive this object.
    Learning(Fusion& fusion, Sampler paths) : fusion_{fusion}, paths_{std::move(paths)} {}
    bool step(Step&) override;
    std::optional<std::size_t> steps() const override;
    void save(const std::string& folder) const override;
    void load(const std::string& folder) override;

private:
    std::size_t members() const;  ///< networks in all
    bool complete() const;
    Member next(Step&, bool labelled);
    std::optional<Metrics> measured(const Candidate&, Context&, bool labelled);

    Fusion& fusion_;
    Sampler paths_;
    ReferenceSet reference_, labelled_;
};

}  // namespace espalier::fusion
