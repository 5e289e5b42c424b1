#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Installs what is missing, builds and tests.
#   tests/run.sh           form; the torch-free parts with clang under ASan and UBSan, then everything with GCC, fast tests
#   tests/run.sh --full    also clang-tidy, TSan, ASan with LibTorch, and the slow tests (many kills, studies); a part that
#                          fails does not keep the others from being tried, and they are listed at the end
# Data sets beyond examples/data are looked for in ESPALIER_DATA; tests that need more than there is
# skip, and are listed before each of ctest's summaries.
set -euo pipefail
cd "$(dirname "$0")/.."

full=false
case "${1:-}" in
    "") ;;
    --full) full=true ;;
    *) echo "usage: tests/run.sh [--full]" >&2; exit 2 ;;
esac

if [ -z "${ESPALIER_DATA:-}" ] && [ -d ../shared/data ]; then
    ESPALIER_DATA=$(cd ../shared/data && pwd)
    export ESPALIER_DATA
fi
examples/setup/packages.sh tests
torch=$(examples/setup/libtorch.sh)
examples/setup/onnx_runtime.sh >/dev/null || echo "no ONNX Runtime: what it computes is not compared"
export CMAKE_PREFIX_PATH="$torch${CMAKE_PREFIX_PATH:+:$CMAKE_PREFIX_PATH}"
if command -v ccache >/dev/null; then
    export CMAKE_CXX_COMPILER_LAUNCHER=ccache
fi
jobs=$(nproc)

# build FOLDER PRESET [cmake arguments]: configures and builds build/FOLDER
build() {
    local folder=build/$1 preset=$2
    shift 2
    printf '\n== %s\n' "$folder"
    cmake --preset "$preset" -B "$folder" "$@" >"$folder.log" 2>&1 || { cat "$folder.log"; return 1; }
    cmake --build "$folder" --parallel "$jobs"
}

# tested FOLDER [ctest arguments]: what was skipped is told before ctest's summary
tested() {
    local folder=build/$1
    shift
    ctest --test-dir "$folder" --parallel "$jobs" --output-on-failure "$@" \
        | awk -v skipped="awk -f tests/skipped.awk $folder/Testing/Temporary/LastTest.log" '
            / tests passed, / { summary = 1 }
            { if (summary) held = held $0 "\n"; else { print; fflush() } }
            END { fflush(); system(skipped); printf "%s", held }'
}

printf '\n== clang-format\n'
if clang-format --version | grep -q 'version 14\.'; then
    find core sdk plugins tests examples -name '*.[ch]pp' -print0 | xargs -0 clang-format --dry-run --Werror
else
    echo "skipped: another version than 14 has other opinions ($(clang-format --version))"
fi

mkdir -p build
failed=()
# part NAME COMMAND...: with --full the next part is tried although this one failed
part() {
    local name=$1
    shift
    if "$@"; then return; fi
    $full || exit 1
    failed+=("$name")
}

build_and_test() {  # FOLDER PRESET [cmake arguments]
    build "$@" && tested "$1"
}

tidied() {
    printf '\n== clang-tidy\n'
    # with LibTorch, which build/clang-asan is without; configured only, nothing of it is built; sources that are compiled
    # as one are looked at as one
    cmake --preset dev -B build/tidy -DCMAKE_CXX_COMPILER=clang++ >build/tidy.log 2>&1 || { cat build/tidy.log; return 1; }
    run-clang-tidy -quiet -p build/tidy "$PWD/(build/tidy/)?(core|sdk|plugins)/" >build/clang-tidy.log 2>&1 \
        || { grep -E 'warning:|error:' build/clang-tidy.log | sort -u; return 1; }
}

part "clang with ASan and UBSan" build_and_test clang-asan asan -DESPALIER_WITH_TORCH=OFF -DCMAKE_CXX_COMPILER=clang++
part "GCC with LibTorch" build_and_test dev dev
if $full; then
    part clang-tidy tidied
    part TSan build_and_test tsan tsan
    part "ASan with LibTorch" build_and_test asan asan
    part "damaged inputs under ASan" tested clang-asan -C full -L slow -R 'every_component_test|plugins_cost_models_test'
    part "slow tests" tested dev -C full -L slow
fi
if ((${#failed[@]} > 0)); then
    printf '\nfailed: %s\n' "${failed[@]}"
    exit 1
fi
