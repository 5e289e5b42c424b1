// SPDX-License-Identifier: Apache-2.0
#include "phases_in_turn.hpp"

#include <filesystem>
#include <fstream>
#include <utility>

#include "espalier/error.hpp"

namespace espalier::cost_models {
namespace {

namespace fs = std::filesystem;

std::string folder_of(const std::string& folder, std::size_t phase)
{
    return (fs::path(folder) / std::to_string(phase)).string();
}

}  // namespace

PhasesInTurn::PhasesInTurn(std::vector<std::unique_ptr<Phase>> phases) : phases_{std::move(phases)} {}

bool PhasesInTurn::step(Step& step)
{
    Step inner{steps_of_current_, step.rng, step.context};
    if (phases_[current_]->step(inner)) {
        ++steps_of_current_;
        return true;
    }
    ++current_;
    steps_of_current_ = 0;
    return current_ < phases_.size();
}

std::optional<std::size_t> PhasesInTurn::steps() const
{
    std::size_t sum = 0;
    for (const auto& phase : phases_) {
        const std::optional<std::size_t> of_this = phase->steps();
        if (!of_this)
            return std::nullopt;
        sum += *of_this;
    }
    return sum;
}

void PhasesInTurn::save(const std::string& folder) const
{
    const std::size_t begun = current_ + (steps_of_current_ > 0 ? 1 : 0);
    for (std::size_t i = 0; i < begun; ++i) {
        fs::create_directory(folder_of(folder, i));
        phases_[i]->save(folder_of(folder, i));
    }
    const fs::path file = fs::path(folder) / "in_turn";
    std::ofstream out(file);
    out << current_ << ' ' << steps_of_current_ << '\n';
    if (!out.flush())
        throw Error("cannot write " + file.string());
}

void PhasesInTurn::load(const std::string& folder)
{
    const fs::path file = fs::path(folder) / "in_turn";
    std::ifstream in(file);
    if (!(in >> current_ >> steps_of_current_) || current_ > phases_.size() ||
        (current_ == phases_.size() && steps_of_current_ > 0))
        throw Error(file.string() + " is missing or damaged");
    const std::size_t begun = current_ + (steps_of_current_ > 0 ? 1 : 0);
    for (std::size_t i = 0; i < begun; ++i)
        phases_[i]->load(folder_of(folder, i));
}

}  // namespace espalier::cost_models
