// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <filesystem>

#include "espalier/measuring.hpp"
#include "espalier/setup.hpp"

#include "program_pool.hpp"

namespace espalier::command {

/// What a program says of a candidate: any program that speaks the protocol of docs/command_protocol.md. One process of
/// it for each call at the same time, kept for the next.
class Command final : public CostModel, public Measuring {
public:
    struct Options {
        std::string program = {};
        std::filesystem::path script = {};
        std::vector<std::string> arguments = {};
        std::vector<std::filesystem::path> files = {};
        std::string version = {}, prefix = {};
        std::string network = "none";
        int batch = 1;
        double timeout_s = 600, start_timeout_s = 30;
        int restarts = 2;
        static void describe(Describe<Options>&);
    };
    /// Starts the program, so that what is wrong with it is known at once.
    Command(const Options&, const Setup&);

    std::vector<std::string> metrics() const override;
    std::vector<Evaluation> evaluate(std::span<const Candidate> batch, Context&) override;
    std::size_t batch_size() const override { return static_cast<std::size_t>(options_.batch); }
    bool measures() const override { return pool_->hello().measures; }
    MeasuringConditions conditions() const override { return pool_->hello().conditions; }
    bool slow() const override { return measures() || pool_->hello().slow; }

private:
    void answer(std::span<Question* const> together, const Listener&, std::vector<Evaluation>&);
    Evaluation evaluation(const Reply&) const;

    const Options options_;
    std::unique_ptr<ProgramPool> pool_;
};

}  // namespace espalier::command
