// SPDX-License-Identifier: Apache-2.0
#include "espalier/report/text.hpp"

#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace espalier::report {

namespace {

bool is_whole(double value)
{
    return std::abs(value) <= 9007199254740992.0 && value == std::floor(value);
}

}  // namespace

std::string exact(double value)
{
    return is_whole(value) ? fmt::format("{:.0f}", value == 0 ? 0.0 : value) : fmt::format("{}", value);
}

std::string rounded(double value)
{
    return is_whole(value) ? exact(value) : fmt::format("{:.6g}", value);
}

std::string json_text(std::string_view text)
{
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string html_text(std::string_view text)
{
    std::string escaped;
    for (const char c : text)
        escaped += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : std::string(1, c);
    return escaped;
}

}  // namespace espalier::report
