// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <exception>
#include <functional>
#include <string>

#include "espalier/sdk/conformance.hpp"

namespace espalier::conformance {

/// Gathers violations; each sentence once, with the first example.
class Report {
public:
    void violated(const std::string& sentence, const std::string& example = {});
    /// @return `holds`.
    bool require(bool holds, const std::string& sentence, const std::string& example = {})
    {
        if (!holds)
            violated(sentence, example);
        return holds;
    }
    /// Runs `work`; whatever it throws is a violation. @return whether it threw nothing.
    template <class Work>
    bool survives(const std::string& what, Work work)
    {
        try {
            work();
            return true;
        } catch (const std::exception& e) {
            violated(what + " throws", e.what());
        }
        return false;
    }
    /// Runs `work`, which has to throw an espalier::Error.
    void refuses(const std::string& what, const std::function<void()>& work);
    Violations take() { return std::move(violations_); }

private:
    std::vector<std::string> told_;
    Violations violations_;
};

/// Does what the host does, without a host: phases run to their end, notes are dropped.
class PlainContext final : public Context {
public:
    explicit PlainContext(bool stopped = false) : stopped_{stopped} {}
    bool stopped() const override { return stopped_; }
    void note(std::string_view, double) override {}
    void phase(std::string_view name, Phase& work) override;

private:
    bool stopped_;
};

/// One step, with a random stream of its own. @return whether there is more to do.
bool step(Phase&, std::string_view name, std::size_t index, Context&);

}  // namespace espalier::conformance
