"""Makes reference.parquet and current.parquet: 20 columns of numbers and 5 of categories, of which some shift.

usage: generate.py ROWS FOLDER

Lognormal values (every second one 22 % larger in current), normal values (shifted by 0 to 0.4 and up to 8 % wider), whole
token counts, uniform and heavy-tailed values, one column with 5 % missing; categories with 2, 3, 6, 20 and 100 values.
The seeds are fixed: the same ROWS give the same files.
"""
import os
import sys

import numpy as np
import pandas as pd


def categories(g, rows, kinds, steepness, tilt):
    weight = np.arange(1, kinds + 1, dtype=float) ** -steepness * (1 + tilt * np.linspace(-1, 1, kinds))
    names = np.array([f"v{i:03d}" for i in range(kinds)])
    return names[g.choice(kinds, rows, p=weight / weight.sum())]


def frame(rows, seed, shift):
    g = np.random.default_rng(seed)
    d = {}
    for i in range(8):
        d[f"lognormal_{i}"] = g.lognormal(5 + 0.1 * i + (0.2 * shift if i % 2 else 0), 0.8, rows)
    for i in range(5):
        d[f"normal_{i}"] = g.normal(0.1 * i * shift, 1 + 0.02 * i * shift, rows)
    for i in range(3):
        d[f"tokens_{i}"] = np.floor(g.lognormal(6 + (0.1 * shift if i == 1 else 0), 1, rows)).astype("int64")
    for i in range(2):
        d[f"uniform_{i}"] = g.random(rows)
    d["heavy_0"] = g.pareto(1.5, rows)
    gaps = g.normal(0, 1, rows)
    gaps[g.random(rows) < 0.05] = np.nan
    d["with_nan_0"] = gaps
    d["cat_2"] = categories(g, rows, 2, 0.5, 0)
    d["cat_6"] = categories(g, rows, 6, 1, 0.3 * shift)
    d["cat_20"] = categories(g, rows, 20, 1, 0)
    d["cat_100"] = categories(g, rows, 100, 1, 0.2 * shift)
    d["cat_3"] = categories(g, rows, 3, 0, 0.1 * shift)
    return pd.DataFrame(d)


if __name__ == "__main__":
    rows, folder = int(sys.argv[1]), sys.argv[2]
    os.makedirs(folder, exist_ok=True)
    frame(rows, 20240501, 0).to_parquet(os.path.join(folder, "reference.parquet"), index=False)
    frame(rows, 20240502, 1).to_parquet(os.path.join(folder, "current.parquet"), index=False)
