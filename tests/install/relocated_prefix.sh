#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# relocated_prefix.sh SOURCE BUILD COMPILER FLAGS LIBDIR SANITIZERS [LIBTORCH]: what a third party does, and what a user of
# its plug-ins does, with a prefix that has been moved after it was installed.
set -euo pipefail
source=$1 build=$2 compiler=$3 flags=$4 libdir=$5 sanitizers=${6//;/,} torch=${7:-}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

step() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

step "install, then move"
cmake --install "$build" --prefix "$scratch/first" >install.log || { cat install.log; exit 1; }
mv first moved
prefix=$scratch/moved
[ ! -e "$prefix/$libdir/libespalier_host.a" ] || fail "the private host library was installed"
for file in "bin/espalier" "bin/espalier-manifest" "$libdir/libespalier.so" "include/espalier/search.hpp"; do
    [ -e "$prefix/$file" ] || fail "$file was not installed"
done
if grep -rIlE "$source|$build|$scratch" "$prefix/$libdir/cmake" "$prefix/include"; then
    fail "the files above name folders of this machine"
fi

# nothing but the prefix: no build folder, no user's plug-ins
unset ESPALIER_PLUGIN_PATH
export HOME=$scratch/home XDG_DATA_HOME=$scratch/home
espalier=$prefix/bin/espalier

step "the installed plug-ins are found"
"$espalier" plugins list >list.txt
grep -q nas_bench_201 list.txt || { cat list.txt; fail "nas_bench_201 is not listed"; }
! grep -qi refused list.txt || { cat list.txt; fail "an installed plug-in is refused"; }

# configured FOLDER: configures and builds it as a project of its own that sees the prefix
configured() {
    cmake -S "$1" -B "$1/build" -G Ninja -DCMAKE_PREFIX_PATH="$prefix${torch:+;$torch}" -DCMAKE_CXX_COMPILER="$compiler" \
        -DCMAKE_CXX_FLAGS="$flags -Wall -Wextra -Wpedantic -Werror ${sanitizers:+-fsanitize=$sanitizers}" \
        >configure.log 2>&1 || { cat configure.log; exit 1; }
    cmake --build "$1/build" >build.log || { cat build.log; exit 1; }
}

for example in plugin_cost_model plugin_strategy; do
    step "$example builds against the prefix"
    lines=$(cat "$source/examples/$example"/* | wc -l)
    [ "$lines" -le 80 ] || fail "$example has $lines lines, more than 80"
    cp -r "$source/examples/$example" .
    configured "$example"
    cmake --install "$example/build" --prefix "$scratch/third_party" >/dev/null
done

step "new-plugin writes plug-ins that build, pass the kit and search"
for kind in strategy space evaluator cost_model reward data; do
    "$espalier" new-plugin "tried_$kind" --kind "$kind" >next.txt
    grep -qF -- "-DCMAKE_PREFIX_PATH=$prefix" next.txt || { cat next.txt; fail "the prefix is not named"; }
    configured "tried_$kind"
    ctest --test-dir "tried_$kind/build" --output-on-failure >ctest.log || { cat ctest.log; exit 1; }
    "$espalier" run "tried_$kind/experiment.yaml" --plugin-path "tried_$kind/build/lib/espalier/plugins" --out "tried_$kind/run"
done
if [ -n "$torch" ]; then
    "$espalier" new-plugin tried_tensors --kind evaluator --torch
    configured tried_tensors
    "$espalier" run tried_tensors/experiment.yaml --plugin-path tried_tensors/build/lib/espalier/plugins --out tried_tensors/run
fi

step "an experiment uses both"
export ESPALIER_PLUGIN_PATH=$scratch/third_party/lib/espalier/plugins
[ -d "$ESPALIER_PLUGIN_PATH" ] || ESPALIER_PLUGIN_PATH=$scratch/third_party/$libdir/espalier/plugins
"$espalier" plugins list >list.txt  # not through a pipe, which grep would close while more is written
grep -q peak_memory list.txt || fail "peak_memory is not listed"
"$espalier" plugins show hill_climbing | grep -q neighbours || fail "the option of hill_climbing is not shown"
cat >experiment.yaml <<'YAML'
name: third-party
space: {use: nas_bench_201, channels: 4, cells: 1}
costs: [{use: peak_memory, bytes: 4}, {use: macs}]
evaluator: {use: params}
constraints: [{metric: peak_kib, max: 200}]
objectives: [{metric: params, goal: max}]
reward: {use: weighted_sum, metrics: [params], weights: [1]}
strategy: {use: hill_climbing, neighbours: 4}
budget: {evaluations: 100}
YAML
"$espalier" check experiment.yaml
"$espalier" run experiment.yaml --out run
"$espalier" results --all --format csv run >results.csv
[ "$(grep -c ',ok,' results.csv)" -gt 10 ] || { cat results.csv; fail "too few evaluations"; }
head -1 results.csv | grep -q peak_kib || fail "the cost of the example is not among the results"

step "the plug-in of docs/writing_a_plugin.md builds as it is printed there, and searches"
# code blocks that begin with a language and a file name are files
awk '/^```[a-z]+ [a-z_]+\// { file = $2; folder = file; sub("/[^/]*$", "", folder); system("mkdir -p " folder); next }
     /^```/ { file = "" }
     file != "" { print > file }' "$source/docs/writing_a_plugin.md"
configured acme
ctest --test-dir acme/build --output-on-failure >ctest.log || { cat ctest.log; exit 1; }
export ESPALIER_PLUGIN_PATH=$scratch/acme/build/lib/espalier/plugins
"$espalier" check acme/experiment.yaml
"$espalier" run acme/experiment.yaml --out acme_run

step "for one user it is installed where plug-ins are searched"
unset ESPALIER_PLUGIN_PATH XDG_DATA_HOME
cmake -S acme -B acme/build -DCMAKE_INSTALL_LIBDIR=share >configure.log || { cat configure.log; exit 1; }
cmake --build acme/build >build.log || { cat build.log; exit 1; }
cmake --install acme/build --prefix "$HOME/.local" >/dev/null
"$espalier" check acme/experiment.yaml

if [ -n "$torch" ]; then
    step "so does the one with tensors, and it is found in a prefix of its own"
    configured acme_torch
    cmake --install acme_torch/build --prefix "$scratch/third_party" >/dev/null
    "$espalier" plugins check "$scratch"/third_party/*/espalier/plugins/espalier_acme_torch.so
fi
step "done"
