// SPDX-License-Identifier: Apache-2.0
#include "catch.hpp"
#include "shell.hpp"

namespace {

// With what has no decimal, what has a sign but no size, and what has many digits. No table gives NaN: it is a failure.
constexpr const char* kTable =
    "arch,x,latency\n"
    "\"0,0,0\",-Infinity,1\n"
    "\"1,0,0\",-0.0,2\n"
    "\"0,1,0\",0.30000000000000004,3\n"
    "\"1,1,0\",1e300,4\n"
    "\"0,0,1\",,5\n"
    "\"1,0,1\",Infinity,-Infinity\n"
    "\"0,1,1\",5e-324,7\n"
    "\"1,1,1\",9007199254740993,8\n";

constexpr const char* kExperiment =
    "name: numbers\n"
    "space: {use: bits, bits: 3}\n"
    "evaluator: {use: table, file: t.csv, column: x}\n"
    "costs: [{use: table, file: t.csv, column: latency, as: latency_ms}]\n"
    "objectives: [{metric: x, goal: max}]\n"
    "strategy: {use: exhaustive}\n";

Shell& searched()
{
    static Shell shell;
    static const Outcome run = [] {
        shell.write("t.csv", kTable);
        shell.write("e.yaml", kExperiment);
        return shell.espalier("run e.yaml --out run --quiet");
    }();
    REQUIRE(run.status == 0);
    return shell;
}

/// Whether the lines of `script` end well in Python, in the shell's folder; what it says otherwise.
std::string in_python(const Shell& shell, const std::string& script)
{
    shell.write("check.py", script);
    const int status =
        std::system(("cd '" + shell.folder().string() + "' && python3 check.py >python.out 2>&1").c_str());
    return status == 0 ? "" : shell.read("python.out") + "failed";
}

bool python_has(const std::string& module)
{
    return std::system(("python3 -c 'import " + module + "' >/dev/null 2>&1").c_str()) == 0;
}

/// Bits of each x of the table, by architecture, as Python has them.
constexpr const char* kTruth =
    "import math\n"
    "truth = {'0,0,0': -math.inf, '1,0,0': -0.0, '0,1,0': 0.1 + 0.2, '1,1,0': 1e300, '1,0,1': math.inf,\n"
    "         '0,1,1': 5e-324, '1,1,1': 9007199254740992.0}\n"
    "def check(got):\n"
    "    got = {a: float(x).hex() for a, x in got.items() if x is not None and x == x and x != ''}\n"
    "    want = {a: x.hex() for a, x in truth.items()}\n"
    "    assert got == want, (got, want)\n";

}  // namespace

TEST_CASE("csv and json have one word for each number, and none for what is not there", "[numbers]")
{
    const std::string csv = searched().espalier("results run --all --format csv").out;
    for (const char* row : {"\"0,0,0\",0 0 0,ok,1,-Infinity", "\"1,0,0\",1 0 0,ok,2,-0.0", ",ok,4,1e+300",
                            "\"1,0,1\",1 0 1,ok,-Infinity,Infinity", "\"0,0,1\",0 0 1,failed,5,,"})
        CHECK_THAT(csv, ContainsSubstring(row));
    const std::string json = searched().espalier("results run --all --format json").out;
    for (const char* pair : {"\"x\": -Infinity", "\"x\": -0.0", "\"latency_ms\": -Infinity, \"x\": Infinity",
                             "\"latency_ms\": 5, \"x\": null"})
        CHECK_THAT(json, ContainsSubstring(pair));
    CHECK(
        searched().espalier("evaluate e.yaml 0,0,0 1,0,0").out ==
        "{\"architecture\": \"0,0,0\", \"key\": \"0 0 0\", \"status\": \"ok\", \"metrics\": {\"latency_ms\": 1, \"x\": "
        "-Infinity}}\n"
        "{\"architecture\": \"1,0,0\", \"key\": \"1 0 0\", \"status\": \"ok\", \"metrics\": {\"latency_ms\": 2, \"x\": "
        "-0.0}}\n");
    CHECK_THAT(searched().read("run/winners.json"),
               ContainsSubstring("\"latency_ms\": -Infinity,\n      \"x\": Infinity"));
    CHECK_THAT(searched().espalier("results run --all").out, ContainsSubstring("-Infinity"));
}

TEST_CASE("what the command writes it reads back, to the last bit", "[numbers]")
{
    const Shell& shell = searched();
    const std::string all = shell.espalier("results run --all --format csv").out;
    shell.write("again.csv", all);
    const Outcome again = shell.espalier(
        "run e.yaml --out again --quiet --set evaluator.file=again.csv --set evaluator.arch_column=architecture"
        " --set costs.0.file=again.csv --set costs.0.arch_column=architecture --set costs.0.column=latency_ms");
    REQUIRE(again.status == 0);
    const auto without_reasons = [](std::string text) {  // which name the file
        for (std::size_t at; (at = text.find(".csv:")) != std::string::npos;)
            text.erase(text.rfind(',', at), text.find('\n', at) - text.rfind(',', at));
        return text;
    };
    CHECK(without_reasons(shell.espalier("results again --all --format csv").out) == without_reasons(all));
}

TEST_CASE("Python reads every number as it is", "[numbers]")
{
    if (!python_has("json")) {
        WARN("skipped: there is no python3");
        return;
    }
    const Shell& shell = searched();
    shell.write("all.csv", shell.espalier("results run --all --format csv").out);
    shell.write("all.json", shell.espalier("results run --all --format json").out);
    shell.write("lines.json", shell.espalier("evaluate e.yaml 0,0,0 1,0,0 0,1,0 1,1,0 0,0,1 1,0,1 0,1,1 1,1,1").out);
    CHECK(in_python(shell, std::string(kTruth) +
                               "import csv, json\n"
                               "check({r['architecture']: r['x'] for r in csv.DictReader(open('all.csv'))})\n"
                               "check({r['architecture']: r['x'] for r in json.load(open('all.json'))})\n"
                               "lines = [json.loads(line) for line in open('lines.json')]\n"
                               "check({r['architecture']: r['metrics'].get('x') for r in lines})\n"
                               "best = json.load(open('run/winners.json'))\n"
                               "assert best[0]['metrics'] == {'latency_ms': -math.inf, 'x': math.inf}, best\n") == "");
}

TEST_CASE("pandas reads every number as it is", "[numbers]")
{
    if (!python_has("pandas")) {
        WARN("skipped: there is no pandas");
        return;
    }
    const Shell& shell = searched();
    shell.write("all.csv", shell.espalier("results run --all --format csv").out);
    CHECK(in_python(shell, std::string(kTruth) + "import pandas\n"
                                                 "table = pandas.read_csv('all.csv', float_precision='round_trip')\n"
                                                 "assert table['x'].dtype == float\n"
                                                 "check(dict(zip(table['architecture'], table['x'])))\n") == "");
}

TEST_CASE("a coefficient that does not exist has no error either", "[numbers]")
{
    // x is infinite for some: it has ranks, but no line
    const std::string csv = searched().espalier("correlate run --against latency_ms --format csv").out;
    CHECK_THAT(csv, ContainsSubstring("\nx,all,6,"));
    const std::string row = csv.substr(csv.find("\nx,all,6,") + 1);
    CHECK(row.find(",,,,,") != std::string::npos);  // Pearson's r, the RMSE, their errors
    CHECK(csv.find("nan") == std::string::npos);
    CHECK(csv.find("NaN") == std::string::npos);
    CHECK_THAT(searched().espalier("correlate run --against latency_ms --format json").out,
               ContainsSubstring("\"pearson\": null, \"pearson_se\": null, \"rmse\": null, \"rmse_se\": null"));
}
