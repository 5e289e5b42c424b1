// SPDX-License-Identifier: Apache-2.0
// A run that is killed, or finds the disk full, at one of its calls that change files: at every one of them in turn.
#include "catch.hpp"
#include "stopped_run.hpp"

namespace {

namespace fs = std::filesystem;

const char* const kSmall = R"(name: small
seed: 3
space: {use: bits, bits: 4}
evaluator: {use: patient, lessons: 2}
costs: [{use: size}]
objectives: [{metric: ones, goal: max}]
strategy: {use: random}
budget: {evaluations: 5}
final: [{use: taste, saves: true}]
)";

const char* const kLinas = R"(name: linas
space: {use: bits, bits: 6}
evaluator: {use: patient}
costs: [{use: size}]
objectives: [{metric: ones, goal: max}, {metric: size_kib, goal: min}]
strategy: {use: linas, population: 6, inner_evaluations: 60}
budget: {evaluations: 18}
)";

const char* const kTheirs =
    "Sub-network,Date,Model Parameters,Latency (ms),MACs,Top-1 Acc (%)\n"
    "\"{'wid': None, 'ks': [7, 3, 3, 7, 5, 3, 3, 3, 7, 3, 7, 7, 7, 3, 7, 5, 3, 3, 3, 3], 'e': [3, 6, 6, 3, 6, 3, 6, 6, "
    "6, 6, 4, 3, 4, 6, 4, 3, 3, 6, 4, 4], 'd': [3, 2, 2, 3, 2], 'r': [224]}\","
    "2023-02-17 21:08:49.689809,4536768,0,246958392,76.25\n";

/// Stops the command at every `stride`-th of its calls, from the `first` on. @return how many calls there are.
int walk(const Shell& shell, const std::string& start, const std::string& kind, int first, int stride,
         int last = 1 << 20)
{
    const fs::path run = shell.folder() / "run";
    fs::remove_all(run);
    REQUIRE(shell.espalier(start).status == 0);
    const std::string whole = picture(shell);
    for (int at = first; at <= last; at += stride) {
        fs::remove_all(run);
        const Outcome stopped = shell.espalier(start, io_fault(kind, at));
        CAPTURE(start, kind, at, stopped.err);
        if (kind == "kill" && stopped.status == 0)
            return at;
        REQUIRE((stopped.status == kKilled || (kind == "full" && stopped.status < 2)));
        CHECK_THAT(stopped.err, !ContainsSubstring("filesystem error"));
        if (at % 5 == 0)  // and once more on its way back
            shell.espalier(way_on(shell, start), io_fault(kind, at / 2 + 1));
        const Outcome mended = shell.espalier(way_on(shell, start));
        CAPTURE(mended.err);
        REQUIRE(mended.status == 0);
        REQUIRE(picture(shell) == whole);
    }
    return last;
}

/// Creation, training with its checkpoints, evaluations, `final` with saved weights and the end of a run; a search that
/// learns; a folder of seeds; an import.
const std::string kStarts[] = {"run small.yaml --out run --quiet", "run linas.yaml --out run --quiet",
                               "run small.yaml --seeds 1..2 --out run --quiet",
                               "import dynas_t theirs.csv run --space ofa_mobilenet_v3"};

void walk_all(int stride)
{
    const Shell shell;
    shell.write("small.yaml", kSmall);
    shell.write("linas.yaml", kLinas);
    shell.write("theirs.csv", kTheirs);
    for (int i = 0; i < 4; ++i) {
        const int calls = walk(shell, kStarts[i], "kill", 1 + i % stride, stride);
        CHECK(calls > 20);
        walk(shell, kStarts[i], "full", 1 + i % stride, stride, calls);
    }
}

}  // namespace

TEST_CASE("whatever call a run is stopped at, it goes on to the same end", "[every_call]")
{
    walk_all(17);
}

TEST_CASE("a run goes on from each of all its calls", "[every_call][slow]")
{
    walk_all(1);
}
