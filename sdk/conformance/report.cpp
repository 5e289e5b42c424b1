// SPDX-License-Identifier: Apache-2.0
#include "report.hpp"

#include <algorithm>

#include "espalier/error.hpp"

namespace espalier::conformance {

void Report::violated(const std::string& sentence, const std::string& example)
{
    if (std::find(told_.begin(), told_.end(), sentence) != told_.end())
        return;
    told_.push_back(sentence);
    violations_.push_back(example.empty() ? sentence : sentence + ": " + example);
}

void Report::refuses(const std::string& what, const std::function<void()>& work)
{
    try {
        work();
        violated(what + " is not refused");
    } catch (const Error&) {
    } catch (const std::exception& e) {
        violated(what + " is refused with something else than an espalier::Error", e.what());
    }
}

void PlainContext::phase(std::string_view name, Phase& work)
{
    for (std::size_t index = 0; step(work, name, index, *this); ++index) {
    }
}

bool step(Phase& phase, std::string_view name, std::size_t index, Context& context)
{
    Phase::Step now{index, Rng(1, std::string(name) + " " + std::to_string(index)), context};
    return phase.step(now);
}

}  // namespace espalier::conformance
