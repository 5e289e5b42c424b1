// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>

#include "espalier/option.hpp"
#include "espalier/setup.hpp"
#include "espalier/strategy.hpp"

namespace espalier::evolution {

/// Every architecture of a small space in the nested order of its decisions, the last one fastest; or one of each class
/// of architectures that are the same network, the representative. Nothing is kept in memory. Ends where the budget
/// does.
class Exhaustive final : public Strategy {
public:
    struct Options {
        std::string per = "class";
        int in_flight = 16;
        static void describe(Describe<Options>&);
    };
    /// @throws Error for a space of more than 10,000,000 architectures.
    Exhaustive(const Options&, const Setup&);
    void search(Search&) override;

private:
    Options options_;
};

}  // namespace espalier::evolution
