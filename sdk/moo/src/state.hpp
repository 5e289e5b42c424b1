// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "espalier/error.hpp"
#include "espalier/moo/population.hpp"

namespace espalier::moo {

/// Writes values to bytes or reads them back in the same order: one function per class serves both ways, so that they
/// cannot part.
class State {
public:
    State() = default;                                                       ///< writes
    explicit State(std::string_view bytes) : reads_{true}, bytes_(bytes) {}  ///< reads
    bool reads() const { return reads_; }
    std::string take() { return std::move(bytes_); }
    bool at_end() const { return at_ == bytes_.size(); }

    template <typename T>
    requires std::is_trivially_copyable_v<T>
    void operator()(T& value) { move(&value, sizeof value); }
    template <typename T>
    void operator()(std::vector<T>& values)
    {
        values.resize(length(values.size()));
        for (T& value : values)
            (*this)(value);
    }
    void operator()(std::string& text)
    {
        text.resize(length(text.size()));
        move(text.data(), text.size());
    }
    template <typename T>
    void operator()(Table<T>& table)
    {
        std::size_t columns = table.columns();
        (*this)(columns);
        if (columns != table.columns())
            table = Table<T>(columns);
        table.resize(length(table.rows()));
        move(table.values().data(), table.values().size_bytes());
    }
    void operator()(Population& population)
    {
        (*this)(population.genomes);
        (*this)(population.objectives);
        (*this)(population.violations);
        (*this)(population.keys);
    }

private:
    std::size_t length(std::size_t now)
    {
        (*this)(now);
        // Every entry takes a byte at least: a larger number is damage, not a request for memory.
        if (reads_ && now > bytes_.size())
            throw Error("the saved state of an optimiser is damaged");
        return now;
    }
    void move(void* value, std::size_t size)
    {
        if (!reads_) {
            bytes_.append(static_cast<const char*>(value), size);
            return;
        }
        if (size > bytes_.size() - at_)
            throw Error("the saved state of an optimiser ends too early");
        if (size > 0)
            std::memcpy(value, bytes_.data() + at_, size);
        at_ += size;
    }

    bool reads_ = false;
    std::string bytes_;
    std::size_t at_ = 0;
};

}  // namespace espalier::moo
