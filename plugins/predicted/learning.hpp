// SPDX-License-Identifier: Apache-2.0
#pragma once
#include "predicted.hpp"

namespace espalier::predicted {

/// Asks the learnt model about networks, a few a step, and hands them over at the end; of a file: reads it.
class Predicted::Learning final : public Phase {
public:
    /// `predicted` must outlive this object.
    Learning(Predicted& predicted, Sampler paths) : predicted_{predicted}, paths_{std::move(paths)} {}
    bool step(Step&) override;
    std::optional<std::size_t> steps() const override;
    void save(const std::string& folder) const override;
    void load(const std::string& folder) override;

private:
    std::size_t per_step() const;
    bool complete() const;
    void ask(Step&);
    Candidate next(Rng&, const Examples& drawn) const;
    void read_file();
    void note(Context&, const LearntCost::Quality&) const;

    Predicted& predicted_;
    Sampler paths_;
    Examples examples_;
    bool read_ = false;  // the file
};

}  // namespace espalier::predicted
