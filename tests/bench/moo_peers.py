# SPDX-License-Identifier: Apache-2.0
"""NSGA-II on 45 ternary genes and MOTPE in other libraries, one thread. Each is used as its own documentation does it,
with objectives computed for a whole generation at once where it can. Prints {name: {...}} as JSON; what cannot be
imported or fails has an "error".

    moo_peers.py NAME...     pymoo, pygmo, optuna, optuna_motpe
"""
import json
import sys
import time

import numpy as np

GENES, POPULATION = 45, 50
WEIGHTS = 1 + np.arange(GENES) * 7 % GENES / GENES
BOX = (90.0, 135.0)


def objectives(genes):
    return np.column_stack([genes.sum(axis=1), (2 - genes) @ WEIGHTS])


def hypervolume(points):
    """Two objectives, both minimised, as a share of the box."""
    volume, least = 0.0, BOX[1]
    for x, y in sorted(map(tuple, points)):
        if x < BOX[0] and y < least:
            volume += (BOX[0] - x) * (least - y)
            least = y
    return volume / (BOX[0] * BOX[1])


def pymoo(evaluations):
    import pymoo as library
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.core.problem import Problem
    from pymoo.operators.crossover.sbx import SBX
    from pymoo.operators.mutation.pm import PM
    from pymoo.operators.repair.rounding import RoundingRepair
    from pymoo.operators.sampling.rnd import IntegerRandomSampling
    from pymoo.optimize import minimize

    class Genes(Problem):
        def __init__(self):
            super().__init__(n_var=GENES, n_obj=2, xl=0, xu=2, vtype=int)

        def _evaluate(self, x, out, *args, **kwargs):
            out["F"] = objectives(x)

    algorithm = NSGA2(pop_size=POPULATION, sampling=IntegerRandomSampling(), eliminate_duplicates=True,
                      crossover=SBX(prob=0.9, eta=15, vtype=float, repair=RoundingRepair()),
                      mutation=PM(eta=20, vtype=float, repair=RoundingRepair()))
    start = time.process_time()
    result = minimize(Genes(), algorithm, ("n_eval", evaluations), seed=1, verbose=False)
    used = time.process_time() - start
    return used / result.algorithm.evaluator.n_eval, hypervolume(result.pop.get("F")), library.__version__


def pygmo(evaluations):
    import pygmo as library

    class Genes:
        def fitness(self, x):
            return objectives(np.asarray(x)[None, :])[0]

        def batch_fitness(self, xs):
            return objectives(xs.reshape(-1, GENES)).ravel()

        def get_nobj(self):
            return 2

        def get_nix(self):
            return GENES

        def get_bounds(self):
            return [0] * GENES, [2] * GENES

    population = 52  # it takes multiples of four only
    generations = evaluations // population - 1
    method = library.nsga2(gen=generations, cr=0.9, m=1 / GENES, seed=1)
    method.set_bfe(library.bfe())
    algorithm = library.algorithm(method)
    start = time.process_time()
    evolved = algorithm.evolve(library.population(Genes(), size=population, b=library.bfe(), seed=1))
    used = time.process_time() - start
    return used / (population * (generations + 1)), hypervolume(evolved.get_f()), library.__version__


def with_optuna(sampler, trials):
    import optuna as library

    library.logging.set_verbosity(library.logging.WARNING)

    def objective(trial):
        genes = np.array([trial.suggest_int(f"g{i}", 0, 2) for i in range(GENES)])
        return tuple(objectives(genes[None, :])[0])

    study = library.create_study(directions=["minimize", "minimize"], sampler=sampler(library))
    start = time.process_time()
    study.optimize(objective, n_trials=trials)
    used = time.process_time() - start
    return used / trials, hypervolume([t.values for t in study.best_trials]), library.__version__


def optuna(trials):
    return with_optuna(lambda library: library.samplers.NSGAIISampler(population_size=POPULATION, seed=1), trials)


def optuna_motpe(trials):
    return with_optuna(lambda library: library.samplers.TPESampler(seed=1), trials)


EVALUATIONS = {"pymoo": 20_000, "pygmo": 20_000, "optuna": 2_000, "optuna_motpe": 500}
result = {}
for name in sys.argv[1:]:
    try:
        seconds, volume, version = globals()[name](EVALUATIONS[name])
        result[name] = {"seconds_per_evaluation": seconds, "hypervolume": volume, "version": version,
                        "evaluations": EVALUATIONS[name]}
    except Exception as error:  # told in the table
        result[name] = {"error": f"{type(error).__name__}: {error}"}
print(json.dumps(result))
