"""Makes the files of this folder: the same 2500 rows as Parquet (written by pandas), CSV and JSON lines."""
import datetime, decimal, json
import numpy as np, pandas as pd

g = np.random.default_rng(7)
n = 2500
d = pd.DataFrame({
    "latency": g.lognormal(5, 1, n).round(3),
    "tokens": np.floor(g.lognormal(6, 1, n)).astype("int64"),
    "small": g.integers(0, 5, n).astype("int8"),
    "score": np.where(g.random(n) < .1, np.nan, g.normal(0, 1, n).round(4)),
    "language": np.array(["en", "de", "日本語", 'quo"te, x'])[g.integers(0, 4, n)],
    "ok": g.random(n) < .8,
    "at": pd.date_range("2026-01-01", periods=n, freq="7min", tz="UTC"),
    "empty": pd.Series([None] * n, dtype="object"),
    "unique": [f"id-{i}" for i in range(n)],
})
d["maybe"] = np.where(g.random(n) < .3, None, d.language)
d["vec"] = [[float(x) for x in row] for row in g.normal(0, 1, (n, 4)).round(3)]
p = d.copy()
p["price"] = [decimal.Decimal(int(x)).scaleb(-2) for x in g.integers(-500, 500, n)]
p["day"] = [datetime.date(2026, 1, 1) + datetime.timedelta(days=int(i) // 100) for i in range(n)]
p["missing_int"] = pd.array([None if i % 7 == 0 else i for i in range(n)], dtype="Int64")
p.to_parquet("mixed.parquet", index=False, row_group_size=1000, coerce_timestamps="us")
c = d.copy()
c["vec"] = c["vec"].map(json.dumps)
c.to_csv("mixed.csv", index=False)
with open("mixed.jsonl", "w") as f:
    for r in d.to_dict("records"):
        r["score"] = None if r["score"] != r["score"] else r["score"]
        r["at"] = r["at"].isoformat()
        f.write(json.dumps(r, ensure_ascii=False) + "\n")
