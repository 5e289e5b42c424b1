// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <cstdio>
#include <string>

namespace espalier::host {

/// Standard error as a place for progress: one line that is drawn over, or, where nobody looks on (a file, a pipe, a
/// dumb terminal), lines one after the other.
class Terminal {
public:
    /// `out` is lent; normally stderr.
    explicit Terminal(std::FILE* out);
    ~Terminal();
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    bool interactive() const { return interactive_; }
    /// Replaces the line being drawn over, cut to the terminal's width. Interactive only.
    void draw(const std::string& line);
    /// A line of its own, above the one being drawn over.
    void print(const std::string& line);
    /// Takes the drawn line away.
    void clear();

private:
    std::FILE* out_;
    bool interactive_;
    std::string drawn_;
};

/// `line` cut to `columns` code points.
std::string cut_to(const std::string& line, std::size_t columns);

}  // namespace espalier::host
