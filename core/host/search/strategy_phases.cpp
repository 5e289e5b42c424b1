// SPDX-License-Identifier: Apache-2.0
#include "host/search/strategy_phases.hpp"

#include <fmt/format.h>

namespace espalier::host {

/// The strategy's phase, which shows what its steps see.
class StrategyPhases::Watched final : public Phase {
public:
    Watched(Phase& work, Context*& shown) : work_{work}, shown_{shown} {}

    bool step(Step& step) override
    {
        shown_ = &step.context;
        const Reset reset{shown_};
        return work_.step(step);
    }
    std::optional<std::size_t> steps() const override { return work_.steps(); }
    bool worth_saving(std::size_t step) const override { return work_.worth_saving(step); }
    void save(const std::string& folder) const override { work_.save(folder); }
    void load(const std::string& folder) override { work_.load(folder); }

private:
    struct Reset {
        Context*& shown;
        ~Reset() { shown = nullptr; }
    };
    Phase& work_;
    Context*& shown_;
};

void StrategyPhases::run(std::string_view name, Phase& work, std::size_t row)
{
    const std::string unique = names_.unique(name);
    Watched watched(work, step_);
    services_.phases.run({fmt::format("strategy/{}", unique), unique, services_.experiment.seed, "", "", 0}, watched,
                         services_.surroundings(row));
}

}  // namespace espalier::host
