"""Times `windage drift compare` against Evidently and NannyML as whole processes on the same files, in one run.

usage: run.py BINARY OUT.json [--rows 100000,1000000] [--repeats 3] [--workdir FOLDER]

Each peer gets its own virtual environment by pip in a folder that is removed at the end (kept with --workdir). The programs
alternate, so that a busy machine slows all of them; wall time and peak memory of each process come from wait4. The numbers
of Evidently and of `windage drift compare --preset evidently` are compared column by column. OUT.json holds
{figure: {value, baseline, ratio, unit, n}}: value is ours and baseline the peer's median, ratio is baseline / value.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import venv

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = {
    "evidently": ["evidently==0.7.23", "pandas==2.3.3", "pyarrow"],
    "nannyml": ["nannyml==0.13.1", "statsmodels", "pyarrow"],
}


def install(name, folder):
    python = os.path.join(folder, "bin", "python")
    if not os.path.exists(python):
        print(f"installing {name} …", file=sys.stderr)
        venv.create(folder, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PEERS[name]], check=True, stdout=sys.stderr)
    return python


def measure(command):
    """Runs a command; gives wall seconds, CPU seconds, peak MiB, exit code and standard output."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, cwd=tempfile.gettempdir())
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode()
        if process.returncode not in (0, 1):
            err.seek(0)
            raise SystemExit(f"{command} ended with {process.returncode}: {err.read().decode()[-2000:]}")
    return {"wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "mib": usage.ru_maxrss / 1024, "out": text}


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("binary")
    p.add_argument("out")
    p.add_argument("--rows", default="100000,1000000")
    p.add_argument("--repeats", type=int, default=3)
    p.add_argument("--workdir")
    a = p.parse_args()
    binary, work = os.path.abspath(a.binary), a.workdir or tempfile.mkdtemp(prefix="windage-bench-")
    figures = {}
    try:
        pythons = {name: install(name, os.path.join(work, "venv-" + name)) for name in PEERS}
        for rows in map(int, a.rows.split(",")):
            figures.update(one_size(rows, a.repeats, binary, pythons, work))
    finally:
        if not a.workdir:
            shutil.rmtree(work, ignore_errors=True)
    with open(a.out, "w") as f:
        json.dump(figures, f, indent=1)
        f.write("\n")


def one_size(rows, repeats, binary, pythons, work):
    data = os.path.join(work, f"data-{rows}")
    if not os.path.exists(os.path.join(data, "current.parquet")):
        subprocess.run([pythons["evidently"], os.path.join(HERE, "generate.py"), str(rows), data], check=True)
    files = ["--reference", os.path.join(data, "reference.parquet"), "--current", os.path.join(data, "current.parquet"), "--json"]
    peers = os.path.join(HERE, "peers.py")
    programs = {
        "windage": [binary, "drift", "compare", *files],
        "windage_evidently": [binary, "drift", "compare", *files, "--preset", "evidently"],
        "evidently": [pythons["evidently"], "-W", "ignore", peers, "evidently", data],
        "nannyml": [pythons["nannyml"], "-W", "ignore", peers, "nannyml", data],
        "pandas_read": [pythons["evidently"], "-W", "ignore", peers, "pandas", data],
    }
    runs = {name: [] for name in programs}
    for turn in range(repeats):
        for name, command in programs.items():
            r = measure(command)
            runs[name].append(r)
            print(f"{rows} rows, turn {turn + 1}: {name:18s} {r['wall']:8.2f} s wall {r['cpu']:8.2f} s cpu {r['mib']:8.0f} MiB", file=sys.stderr)
    return {f"{key}_{rows}": v for key, v in figures_of(runs, repeats).items()}


def figures_of(runs, repeats):
    middle = lambda name, key: statistics.median(r[key] for r in runs[name])
    figures = {}
    for ours, peer in (("windage_evidently", "evidently"), ("windage", "evidently"), ("windage", "nannyml"), ("windage", "pandas_read")):
        for key, unit in (("wall", "s"), ("cpu", "s"), ("mib", "MiB")):
            value, baseline = middle(ours, key), middle(peer, key)
            figures[f"{ours}_vs_{peer}_{key}"] = {"value": round(value, 4), "baseline": round(baseline, 4), "ratio": round(baseline / value, 2), "unit": unit, "n": repeats}
    theirs = json.loads(runs["evidently"][-1]["out"])
    mine = json.loads(runs["windage_evidently"][-1]["out"])
    by_name = {c["column"]: c["value"] for c in mine["columns"]}
    apart = {c: (by_name.get(c), v) for c, v in theirs["columns"].items() if by_name.get(c) is None or abs(by_name[c] - v) > 1e-9 * max(1, abs(v))}
    if mine["drifted_columns"] != theirs["drifted"]:
        apart["drifted columns"] = (mine["drifted_columns"], theirs["drifted"])
    for name, (got, want) in apart.items():
        print(f"NOT EQUAL {name}: windage {got}, evidently {want}", file=sys.stderr)
    figures["equal_columns"] = {"value": len(theirs["columns"]) - len(apart), "baseline": len(theirs["columns"]), "ratio": 1 - len(apart) / len(theirs["columns"]), "unit": "columns", "n": repeats}
    return figures


if __name__ == "__main__":
    main()
