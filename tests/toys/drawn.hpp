// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <regex>
#include <string>
#include <utility>
#include <vector>

#include "catch.hpp"

// the axes' area, in the picture's pixels
inline constexpr double kDrawnLeft = 78, kDrawnRight = 702, kDrawnTop = 14, kDrawnBottom = 366;

using DrawnPoints = std::vector<std::pair<double, double>>;

/// The points of the first path of a class.
inline DrawnPoints drawn_path(const std::string& svg, const std::string& of_class)
{
    const std::string path = "<path class=\"" + of_class + "\" d=\"";
    const std::size_t begin = svg.find(path);
    REQUIRE(begin != std::string::npos);
    // not by a pattern: it would recurse once a character
    const std::string d = svg.substr(begin + path.size(), svg.find('"', begin + path.size()) - begin - path.size());
    static const std::regex point("[ML](-?[0-9.]+) (-?[0-9.]+)");
    DrawnPoints points;
    for (std::sregex_iterator i(d.begin(), d.end(), point), end; i != end; ++i)
        points.emplace_back(std::stod((*i)[1]), std::stod((*i)[2]));
    return points;
}

/// What the pattern's group holds, wherever it matches.
inline std::vector<double> drawn_numbers(const std::string& svg, const char* pattern)
{
    const std::regex number(pattern);
    std::vector<double> found;
    for (std::sregex_iterator i(svg.begin(), svg.end(), number), end; i != end; ++i)
        found.push_back(std::stod((*i)[1]));
    return found;
}
