#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A cost model that Espalier asks: a made-up energy, from an architecture's choices. Each request is a line
#   {"id":1,"more":false,"device":"cpu","architecture":"...","choices":[3,0,1]}
# of which id and choices are cut out. docs/command_protocol.md has every message.
set -f

IFS= read -r hello
echo '{"hello":{"protocol":1,"metrics":{"energy_mj":"mj"}}}'

while IFS= read -r request; do
    id=${request#*'"id":'}
    id=${id%%,*}
    choices=${request#*'"choices":['}
    choices=${choices%%]*}
    energy=100
    IFS=,
    for choice in $choices; do
        energy=$((energy + 10 * choice))
    done
    unset IFS
    echo "{\"id\":$id,\"metrics\":{\"energy_mj\":$energy}}"
done
