// SPDX-License-Identifier: Apache-2.0
#include "espalier/report/page.hpp"

#include "catch.hpp"

using namespace espalier::report;

TEST_CASE("a page has its title twice, and everything it needs", "[page]")
{
    const std::string page = html_page("a < b", "<p>body</p>\n");
    CHECK(page.starts_with("<!DOCTYPE html>\n"));
    CHECK_THAT(page, ContainsSubstring("<title>a &lt; b</title>"));
    CHECK_THAT(page, ContainsSubstring("<h1>a &lt; b</h1>\n<p>body</p>\n</main>"));
    CHECK_THAT(page, ContainsSubstring("prefers-color-scheme:dark") && ContainsSubstring(".s7 .line"));
    CHECK_THAT(page, !ContainsSubstring("http") && !ContainsSubstring("url("));
}

TEST_CASE("columns with words stand to the left, those with numbers and their stand-ins do not", "[page]")
{
    const Table table{{"method", "cost"}, {{std::string("a&b"), 0.125}, {Cell{}, std::string("never")}}};
    CHECK(html_table(table, [](const std::string& text) { return text != "never"; }) ==
          "<div class=\"wide\"><table><thead><tr><th class=\"text\">method</th><th>cost</th></tr></thead><tbody>\n"
          "<tr><td class=\"text\">a&amp;b</td><td>0.125</td></tr>\n"
          "<tr><td class=\"text\"></td><td>never</td></tr>\n"
          "</tbody></table></div>\n");
    CHECK_THAT(html_table(table), ContainsSubstring("<td class=\"text\">never</td>"));
}
