// SPDX-License-Identifier: Apache-2.0
#include "espalier/report/page.hpp"

#include <fmt/format.h>

#include "espalier/report/plot.hpp"
#include "espalier/report/text.hpp"

namespace espalier::report {
namespace {

constexpr const char* kStyle = R"(
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:60rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.6rem;line-height:1.25;margin:.2rem 0}h2{font-size:1.15rem;margin:2.2rem 0 .4rem}
p{max-width:46rem;margin:.4rem 0}.soft,caption{color:var(--soft);font-size:.92rem}
.legend{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;padding:0;margin:.3rem 0;list-style:none}
.legend li{display:flex;align-items:center;gap:.5rem}.sample{width:44px;height:12px;flex:none}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.92rem;font-variant-numeric:tabular-nums;margin:.4rem 0}
th,td{padding:.22rem .8rem .22rem 0;text-align:right;white-space:nowrap;border-bottom:1px solid var(--grid)}
th{font-weight:600;vertical-align:bottom}td.text,th.text{text-align:left}tbody tr:nth-child(even){background:var(--stripe)}
figure{margin:.4rem 0 1rem}
)";

}  // namespace

std::string html_page(const std::string& title, const std::string& body)
{
    return fmt::format(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{0}</title>\n"
        "<style>\n{1}{2}</style>\n</head>\n<body>\n<main>\n<h1>{0}</h1>\n{3}</main>\n</body>\n</html>\n",
        html_text(title), plot_style_sheet(), kStyle, body);
}

std::string html_table(const Table& table, const std::function<bool(const std::string&)>& is_word)
{
    std::vector<bool> textual(table.columns.size());
    for (const std::vector<Cell>& row : table.rows)
        for (std::size_t c = 0; c < row.size(); ++c)
            if (const auto* text = std::get_if<std::string>(&row[c]); text && (!is_word || is_word(*text)))
                textual[c] = true;
    const auto cell = [&](const char* tag, std::size_t column, const std::string& text) {
        return fmt::format("<{0}{1}>{2}</{0}>", tag, textual[column] ? " class=\"text\"" : "", html_text(text));
    };
    std::string html = "<div class=\"wide\"><table><thead><tr>";
    for (std::size_t c = 0; c < table.columns.size(); ++c)
        html += cell("th", c, table.columns[c]);
    html += "</tr></thead><tbody>\n";
    for (const std::vector<Cell>& row : table.rows) {
        html += "<tr>";
        for (std::size_t c = 0; c < row.size(); ++c)
            html += cell("td", c, cell_text(row[c]));
        html += "</tr>\n";
    }
    return html + "</tbody></table></div>\n";
}

}  // namespace espalier::report
