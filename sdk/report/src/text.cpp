// SPDX-License-Identifier: Apache-2.0
#include "espalier/report/text.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace espalier::report {

namespace {

bool is_whole(double value)
{
    return std::abs(value) <= 9007199254740992.0 && value == std::floor(value);
}

/// How many bytes of UTF-8 the text begins with, of a character that is shown; 0: it begins with none.
std::size_t shown_bytes(std::string_view text)
{
    const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
    const unsigned first = byte(0);
    if (first < 0x80)
        return first >= 0x20 && first != 0x7f ? 1 : 0;
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    if (first < 0xc2 || first > 0xf4)
        return 0;
    for (std::size_t i = 1; i < size; ++i)
        if ((byte(i) & 0xc0U) != 0x80)
            return 0;
    const unsigned second = byte(1);
    const bool too_long = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
    const bool no_character = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
    const bool control = first == 0xc2 && second < 0xa0;
    return too_long || no_character || control ? 0 : size;
}

std::string escaped(std::string_view text, bool lines)
{
    std::string result;
    while (!text.empty()) {
        const std::size_t size = shown_bytes(text);
        const char c = text.front();
        if (size > 0 || (lines && c == '\n'))
            result += text.substr(0, std::max<std::size_t>(size, 1));
        else if (const std::size_t named = std::string_view("\n\t\r").find(c); named != std::string_view::npos)
            result.append({'\\', "ntr"[named]});
        else
            result += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
        text.remove_prefix(std::max<std::size_t>(size, 1));
    }
    return result;
}

}  // namespace

std::string counted(std::size_t count, std::string_view one, std::string_view many)
{
    return std::to_string(count) + ' ' + std::string(count == 1 ? one : many);
}

std::string printable(std::string_view text)
{
    return escaped(text, false);
}

std::string printable_lines(std::string_view text)
{
    return escaped(text, true);
}

std::string exact(double value)
{
    if (std::isnan(value))
        return "NaN";
    if (std::isinf(value))
        return value > 0 ? "Infinity" : "-Infinity";
    if (value == 0)
        return std::signbit(value) ? "-0.0" : "0";  // "-0" is a whole number to many readers, and loses its sign
    return is_whole(value) ? fmt::format("{:.0f}", value) : fmt::format("{}", value);
}

std::string rounded(double value)
{
    if (value == 0)
        return "0";
    return is_whole(value) || !std::isfinite(value) ? exact(value) : fmt::format("{:.6g}", value);
}

std::string json_text(std::string_view text)
{
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string html_text(std::string_view text)
{
    std::string html;
    for (const char c : printable_lines(text))
        html += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '"' ? "&quot;" : std::string(1, c);
    return html;
}

}  // namespace espalier::report
