#!/usr/bin/env python3
"""Runs W1 and W3 on ringstorm, as plain programs on its engine (examples/plain), on desque,
nexosim and SimPy, one after the other on one thread, and prints the processor time of each
customer or attempt and the ratios.

From the project's folder: benches/peers/compare.py
SimPy is left out where it is not installed (pip install simpy); `--rounds N` takes the best
of so many (3).
"""

import argparse
import csv
import importlib.util
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
# What takes long is run on fewer customers, whose number its time for each does not depend on;
# SimPy's storm has a tenth of the clients, which favours it, but for desque's and nexosim's all.
SIZES = {
    "w1": {"its engine": 5_000_000, "desque": 5_000_000, "nexosim": 1_000_000, "SimPy": 200_000},
    "w3": {"its engine": 1_000_000, "desque": 1_000_000, "nexosim": 1_000_000, "SimPy": 100_000},
}
CRATES = ["desque", "nexosim"]


def run(command):
    """(seconds of processor time, standard output) of a command."""
    before = os.times()
    done = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
    after = os.times()
    return after.children_user - before.children_user, done.stdout


def ringstorm(work, folder):
    binary, scenario = TARGET / "release" / "ringstorm", ROOT / "scenarios" / "scale" / f"{work}.json"
    options = ["--threads", "1", "--charts", "none", "--quiet", "--out", folder]
    seconds, _ = run([binary, "run", scenario, *options])
    with open(pathlib.Path(folder) / "summary.csv", newline="", encoding="utf-8") as file:
        attempts = next(float(row["mean"]) for row in csv.DictReader(file) if row["metric"] == "attempts")
    return seconds, attempts


def peer(work, name, program):
    seconds, text = run([*program, work, SIZES[work][name]])
    return seconds, float(text.split()[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    target = pathlib.Path(tempfile.gettempdir()) / "ringstorm-peers"
    subprocess.run(["cargo", "build", "--release", "--bin", "ringstorm", "--example", "plain"], check=True, cwd=ROOT)
    programs = {"its engine": [TARGET / "release" / "examples" / "plain"]}
    for name in CRATES:
        build = ["cargo", "build", "--release", "--manifest-path", HERE / name / "Cargo.toml"]
        subprocess.run(build, check=True, env={**os.environ, "CARGO_TARGET_DIR": str(target)})
        programs[name] = [target / "release" / f"{name}-peer"]
    if importlib.util.find_spec("simpy"):
        programs["SimPy"] = [sys.executable, HERE / "simpy_peer.py"]
    else:
        print("SimPy is not installed: left out")
    print(f"{'':4}{'engine':12}{'ns each':>10}{'ratio':>8}   (customers of W1, attempts of W3)")
    for work in SIZES:
        best = {}
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(rounds):
                for name in ["ringstorm", *programs]:
                    if name == "ringstorm":
                        seconds, number = ringstorm(work, folder)
                    else:
                        seconds, number = peer(work, name, programs[name])
                    each = seconds / number * 1e9
                    best[name] = min(each, best.get(name, each))
        for name, each in best.items():
            print(f"{work:4}{name:12}{each:10.0f}{each / best['ringstorm']:8.1f}")


if __name__ == "__main__":
    main()
