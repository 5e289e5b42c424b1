// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "espalier/phase.hpp"

namespace espalier::test {

/// What a component sees of a call in which nothing happens: it may be told to stop, and its notes are kept.
class Quiet final : public Context {
public:
    bool stopped() const override { return stop; }
    void note(std::string_view series, double value) override { notes.emplace(series, value); }
    void phase(std::string_view, Phase&) override {}
    bool stop = false;
    std::multimap<std::string, double> notes;
};

}  // namespace espalier::test
