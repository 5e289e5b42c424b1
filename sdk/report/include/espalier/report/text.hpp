// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <string>
#include <string_view>

namespace espalier::report {

/// The shortest decimal that reads back as the same number; whole numbers up to 2^53 without exponent.
std::string exact(double);
/// Six significant digits; whole numbers up to 2^53 in full.
std::string rounded(double);
/// With quotes and escapes; bytes that are no UTF-8 are replaced.
std::string json_text(std::string_view);
/// For HTML and SVG: &, <, > and " escaped.
std::string html_text(std::string_view);

}  // namespace espalier::report
