# SPDX-License-Identifier: Apache-2.0
# The plug-ins of this repository, a folder of plugins/ and of tests/plugins/ each: the one place that lists them.
set(ESPALIER_PLUGINS nas_bench_201 cost_models command rewards evolution fusion once_for_all fbnet hurricane meta_graph u_boost_cell linas predicted)
set(ESPALIER_TORCH_PLUGINS images measured train supernet indicators training_free_rl qos_nas u_boost)
if(ESPALIER_WITH_TORCH)
  list(APPEND ESPALIER_PLUGINS ${ESPALIER_TORCH_PLUGINS})
endif()
