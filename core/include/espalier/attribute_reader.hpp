// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "espalier/network.hpp"

namespace espalier {

/// Checks the attributes of one layer and keeps those that differ from their defaults, so that equal layers print
/// alike. Every attribute that an operation knows is asked for once. Every function throws Error, one sentence without
/// the layer's place, for what is wrong.
class ESPALIER_API AttributeReader {
public:
    using Pair = std::array<std::int64_t, 2>;

    explicit AttributeReader(Attributes given) : given_{std::move(given)} {}

    bool has(std::string_view key) const { return given_.find(key) != given_.end(); }
    double real(const std::string& key, double preset, double low, double high);
    std::int64_t whole(const std::string& key, std::int64_t preset, std::int64_t low);
    std::int64_t required(const std::string& key, std::int64_t low);
    bool flag(const std::string& key, bool preset);
    /// {a} stands for {a, a}.
    Pair pair(const std::string& key, Pair preset, std::int64_t low);
    /// Any number of whole numbers from `low`; empty where they are not given.
    std::vector<std::int64_t> list(const std::string& key, std::int64_t low, bool must);

    void any() { kept_ = std::move(given_), given_.clear(); }  ///< whatever was given, unchecked
    /// How the layer says it, whatever was given.
    void set(const std::string& key, std::int64_t value) { kept_[key] = {static_cast<double>(value)}; }
    void drop(const std::string& key) { kept_.erase(key); }
    /// What was kept, after every attribute was asked for. @throws Error for one that was not.
    Attributes kept();

private:
    const std::vector<double>* find(const std::string& key, std::size_t most = 1, bool must = false);
    void keep(const std::string& key, double value, double preset);

    Attributes given_, kept_;
    std::vector<std::string> known_;
};

}  // namespace espalier
