// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "espalier/cost_model.hpp"
#include "espalier/sdk/cost_table.hpp"

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
    /// @param metric which of the model's metrics is asked for. The references are kept.
    DevicePricing(CostModel&, std::string metric, const std::filesystem::path& folder, Settings,
                  const std::atomic<bool>& stop);

    /// A price for each that has one by now, by its key. @param what "group" or "network".
    /// @param share of the budget that may be gone when another one is begun. @param of a thing's key and candidate.
    template <class Things, class Of>
    std::map<std::string, CostTable::Cost> all(const std::string& what, const Things& things, double share,
                                               const Of& of)
    {
        Progress progress{what, things.size(), 0, 0, share * budget_s_, Clock::now()};
        for (const auto& thing : things)
            progress.left += journal_.find(what, of(thing).first) ? 0 : 1;
        std::map<std::string, CostTable::Cost> prices;
        for (const auto& thing : things) {
            const auto [key, candidate] = of(thing);
            if (!journal_.find(what, key)) {
                if (stop_ || seconds(begin_) > progress.until_s)
                    continue;
                tell(progress);
                ask(what, key, candidate);
                ++progress.done;
                --progress.left;
            }
            if (const std::optional<double> price = journal_.find(what, key))
                prices.emplace(
                    key, CostTable::Cost{
                             .value = *price,
                             .deviation = journal_.find(deviation(what), key).value_or(CostTable::Cost{}.deviation)});
        }
        terminal_.clear();
        return prices;
    }
    /// What the model noted while it was asked, each for the first time: "latency load 0.2".
    std::string notes() const;
    std::size_t failed() const { return failed_; }
    /// What was the first, and why.
    const std::string& first_failure() const { return first_failure_; }

private:
    using Clock = std::chrono::steady_clock;
    struct Progress {
        std::string what;
        std::size_t of, done, left;
        double until_s;
        Clock::time_point since;
    };
    static double seconds(Clock::time_point since);
    static std::string deviation(const std::string& what) { return "deviation_of_" + what; }
    void ask(const std::string& what, const std::string& key, const Candidate&);
    void tell(const Progress&);

    CostModel& model_;
    std::string metric_;
    host::PriceJournal journal_;
    const std::atomic<bool>& stop_;
    double budget_s_;
    bool quiet_;
    host::Terminal terminal_{stderr};
    Clock::time_point begin_ = Clock::now();
    std::size_t failed_ = 0;
    std::string first_failure_;
};

}  // namespace espalier::app
