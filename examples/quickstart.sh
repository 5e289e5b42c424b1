#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# From a bare machine to two results: installs what is missing, builds, and searches, without training a network,
#   (a) a NAS-Bench-201 cell that a Raspberry Pi 4 runs in time; its latency and its accuracy are published measurements,
#   (b) a cell for the CPU of this very machine, its latency measured here; the winner is trained.
# Each is compared with what parameter count alone would have chosen.
#   examples/quickstart.sh [--build-only]
# Started again it shows what is there already; what was interrupted goes on.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
    "" | --build-only) ;;
    *) echo "usage: examples/quickstart.sh [--build-only]" >&2; exit 2 ;;
esac

examples/setup/packages.sh
torch=$(examples/setup/libtorch.sh)
export CMAKE_PREFIX_PATH="$torch${CMAKE_PREFIX_PATH:+:$CMAKE_PREFIX_PATH}"
mkdir -p build
echo "Building into build/release"
cmake --preset release >build/release.log 2>&1 || { cat build/release.log; exit 1; }
cmake --build build/release --parallel "$(nproc)"
if [ "${1:-}" = --build-only ]; then
    exit 0
fi

espalier=build/release/bin/espalier

# search DIR ARGUMENTS: a new run, or the rest of one
search() {
    local directory=$1
    shift
    if [ -e "$directory/run.db" ]; then
        $espalier resume "$directory"
    else
        $espalier run "$@" --out "$directory"
    fi
}

# compare DIR DIR METRIC...: winners of a search and of parameter count, side by side
compare() {
    python3 - "$espalier" "$@" <<'PYTHON'
import json, subprocess, sys
espalier, ours, theirs, *metrics = sys.argv[1:]
def winner(run):
    return json.loads(subprocess.check_output([espalier, "results", run, "--format", "json"]))[0]
ours, theirs = winner(ours), winner(theirs)
print(f"{'':24}{'Espalier':>14}{'by parameters':>16}")
for metric in metrics:
    print(f"{metric:24}{ours[metric]:14.4g}{theirs[metric]:16.4g}")
print(f"Espalier's:    {ours['architecture']}\nby parameters: {theirs['architecture']}")
PYTHON
}

printf '\n== (a) NAS-Bench-201 on a Raspberry Pi 4, 40 ms: 500 networks with random weights\n'
search runs/quickstart configs/quickstart.yaml
printf '\n== the largest cell that keeps to 40 ms, of all 15,625\n'
search runs/quickstart-params configs/quickstart.yaml --quiet --set 'evaluator={use: params}' \
    --set 'objectives=[{metric: params, goal: max}]' --set 'strategy={use: exhaustive}' --set budget.evaluations=15625

printf '\n== (b) a cell for the CPU of this machine, on Fashion-MNIST: nothing is trained but the winner\n'
search runs/this-cpu configs/quickstart_this_cpu.yaml
printf '\n== the largest cell of those within the same latency, trained alike\n'
search runs/this-cpu-params configs/quickstart_this_cpu.yaml --quiet --set "reuse=[runs/this-cpu]" \
    --set 'objectives=[{metric: params, goal: max}]'

printf '\n== How they compare (test accuracy: nobody looked at it while searching)\n'
printf '\n(a) Raspberry Pi 4, CIFAR-10, in runs/quickstart\n'
compare runs/quickstart runs/quickstart-params test_pct latency_ms
printf '\n(b) this CPU, Fashion-MNIST, in runs/this-cpu\n'
compare runs/this-cpu runs/this-cpu-params top1_pct latency_ms
