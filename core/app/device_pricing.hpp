// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <set>
#include <span>
#include <string>

#include "espalier/cost_model.hpp"

#include "host/price/price_journal.hpp"
#include "host/tell/terminal.hpp"

namespace espalier::app {

/// Asks a cost model about one thing after the other while the budget lasts, writes each answer down, and says how far
/// it is.
class DevicePricing {
public:
    struct Settings {
        std::string asked;  ///< what is priced by what, in one line: a folder is of one of these
        double budget_s = 0;
        bool quiet = false;
    };
    struct Thing {
        std::string what, key;  ///< what: "group" or "network"
        std::function<Candidate()> candidate;
        std::size_t answers = 1;  ///< wanted of it, with those that it has
    };
    /// @param metric which of the model's metrics is asked for. The references are kept.
    DevicePricing(CostModel&, std::string metric, const std::filesystem::path& folder, Settings,
                  const std::atomic<bool>& stop);

    /// Asks once about each that has fewer answers than are wanted, in this order.
    /// @param name of all these, to be shown. @param share of the budget that may be gone when another one is begun.
    void ask(const std::string& name, std::span<const Thing>, double share);
    /// Whether the budget is gone, of all calls together, or a stop was asked for.
    bool over() const { return stop_ || seconds() > settings_.budget_s; }

    const host::PriceJournal& journal() const { return journal_; }
    /// What the model noted while it was asked, each for the last time: "latency load 0.2".
    std::string notes() const;
    std::size_t failed() const { return failed_.size(); }
    /// What was the first, and why.
    const std::string& first_failure() const { return first_failure_; }

private:
    /// Gone of the budget.
    double seconds() const { return journal_.seconds() + failed_s_; }
    using Clock = std::chrono::steady_clock;
    struct Progress {
        std::string name;
        std::size_t of, done, left;
        double until_s;
        double from_s;
    };
    void ask(const Thing&);
    void tell(const Progress&);

    CostModel& model_;
    std::string metric_;
    Settings settings_;
    host::PriceJournal journal_;
    const std::atomic<bool>& stop_;
    host::Terminal terminal_{stderr};
    Clock::time_point told_ = Clock::now();
    std::set<std::string> failed_;  // "WHAT KEY"; only by this one: the next may find the device mended
    double failed_s_ = 0;
    std::string first_failure_;
};

}  // namespace espalier::app
