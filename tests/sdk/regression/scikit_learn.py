#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes scikit_learn.txt, what scikit-learn and SciPy say of small random problems.

    tests/sdk/regression/scikit_learn.py

Installs both in a virtual environment in a temporary folder first. Each line of the file is a name and its numbers.
"""
import os
import subprocess
import sys
import tempfile
import venv

PACKAGES = ["scikit-learn==1.2.2", "numpy<2", "scipy<1.12"]
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "scikit_learn.txt")


def in_virtual_environment():
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = os.path.join(folder, "bin", "python")
        subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=True)
        subprocess.run([python, os.path.abspath(__file__), "write"], check=True)


def problems(np):
    """name -> rows, targets between 10 and 100 (where nothing is scaled), rows to predict."""
    rng = np.random.default_rng(20)
    dense = rng.normal(size=(48, 6)) + np.array([0, 5, 0, 0, -3, 0])
    genes = np.eye(3)[rng.integers(0, 3, size=(72, 5))].reshape(72, 15)
    wide = rng.normal(size=(32, 40))
    for name, x, rows in (("dense", dense, 40), ("genes", genes, 60), ("wide", wide, 24)):
        y = 50 + 4 * x @ rng.normal(size=x.shape[1]) + 8 * np.sin(2 * x[:, 0]) + 6 * rng.normal(size=len(x))
        y = 11 + 80 * (y - y.min()) / (y.max() - y.min())
        yield name, x[:rows], y[:rows], x[rows:]


def write():
    import numpy as np
    from scipy.stats import kendalltau, spearmanr
    from sklearn.ensemble import StackingRegressor
    from sklearn.linear_model import BayesianRidge, Ridge
    from sklearn.metrics import mean_absolute_percentage_error
    from sklearn.model_selection import GridSearchCV, KFold
    from sklearn.svm import SVR

    lines = []

    def put(name, values):
        lines.append(name + " " + " ".join(repr(float(v)) for v in np.ravel(values)))

    for name, x, y, test in problems(np):
        put(name + ".columns", [x.shape[1]])
        put(name + ".rows", x)
        put(name + ".targets", y)
        put(name + ".test", test)
        models = {
            "ridge": Ridge(alpha=0.5),
            "bayesian_ridge": BayesianRidge(),
            "svr_rbf": SVR(C=5, epsilon=0, gamma=0.05),
            "svr_rbf_epsilon": SVR(C=20, epsilon=0.5, gamma=1 / x.shape[1]),
            "svr_linear": SVR(kernel="linear", C=2, epsilon=0.1, tol=1e-6),
            "stacked": StackingRegressor(
                [("ridge", Ridge(alpha=0.5)), ("svr", SVR(C=5, epsilon=0, gamma=0.05))], Ridge(alpha=1)
            ),
        }
        for model_name, model in models.items():
            put(name + "." + model_name, model.fit(x, y).predict(test))
        for model_name, model, key, grid in (
            ("ridge", Ridge(), "alpha", [0.1, 0.2, 0.5, 1, 2, 5, 10]),
            ("svr_rbf", SVR(epsilon=0, gamma=1 / x.shape[1]), "C", [1, 2, 5, 10, 20, 50, 100]),
        ):
            search = GridSearchCV(model, {key: grid}, cv=KFold(5), scoring="neg_mean_absolute_percentage_error")
            search.fit(x, y)
            put(name + "." + model_name + "_search", [search.best_params_[key], -100 * search.best_score_])
            put(name + "." + model_name + "_tuned", search.predict(test))

    rng = np.random.default_rng(3)
    errors = rng.normal(size=(2, 50))
    for name, a, b in (
        ("distinct", *errors),
        ("tied", rng.integers(0, 6, size=60), rng.integers(0, 4, size=60)),
    ):
        if name == "tied":
            b = b + 0.5 * a
        put(name + ".a", a)
        put(name + ".b", b)
        put(name + ".kendall", [kendalltau(a, b)[0]])
        put(name + ".spearman", [spearmanr(a, b)[0]])
        put(name + ".pearson", [np.corrcoef(a, b)[0, 1]])
    put("distinct.mape", [100 * mean_absolute_percentage_error(*errors)])
    with open(GOLDEN, "w") as out:
        out.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    write() if sys.argv[1:] == ["write"] else in_virtual_environment()
