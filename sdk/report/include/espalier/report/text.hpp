// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace espalier::report {

/// The shortest decimal that reads back as the same number; whole numbers up to 2^53 without exponent. What has no
/// decimal is Infinity, -Infinity or NaN, and minus zero -0.0: in CSV and JSON alike, as Python's json and pandas write
/// and read them (JSON proper has no word for them).
std::string exact(double);
/// Six significant digits; whole numbers up to 2^53 in full; zero without a sign.
std::string rounded(double);
/// "1 network", "3 networks".
std::string counted(std::size_t, std::string_view one, std::string_view many);
/// A text that came from a file or a plug-in, as terminals, tables and pages may show it: control characters and bytes
/// that are no UTF-8 are written as \n, \t, \x1b.
std::string printable(std::string_view);
/// The same of a text of several lines.
std::string printable_lines(std::string_view);
/// With quotes and escapes; bytes that are no UTF-8 are replaced.
std::string json_text(std::string_view);
/// For HTML and SVG: &, <, > and " escaped.
std::string html_text(std::string_view);

}  // namespace espalier::report
