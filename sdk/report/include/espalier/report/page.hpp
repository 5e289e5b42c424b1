// SPDX-License-Identifier: Apache-2.0
#pragma once
#include <functional>
#include <string>

#include "espalier/report/table.hpp"

namespace espalier::report {

/// An HTML page that needs nothing else: no script, no font, no picture from elsewhere. Light or dark as its reader's
/// system is; plots and legends have their style sheet in it.
/// @param body HTML, below the title as a heading.
std::string html_page(const std::string& title, const std::string& body);

/// A table as HTML, rounded as for people; columns with words stand to the left.
/// @param is_word whether a text is one, and not a number's stand-in ("not reached"). Empty: all are.
std::string html_table(const Table&, const std::function<bool(const std::string&)>& is_word = {});

}  // namespace espalier::report
