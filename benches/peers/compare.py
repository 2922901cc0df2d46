#!/usr/bin/env python3
"""Runs W1 and W3 on ringstorm, foreseen and event by event (examples/by_events), as plain
programs on its engine (examples/plain), event by event and foreseen, on desque, nexosim and SimPy,
one after the other on one thread, and prints the processor time of each customer or attempt and
the ratios.

From the project's folder: benches/peers/compare.py
SimPy is left out where it is not installed (pip install simpy); `--rounds N` takes the best
of so many (3), and of SimPy, whose storm takes minutes, the first.
"""

import argparse
import csv
import importlib.util
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
# What takes long is run on fewer customers, whose number its time for each does not depend on.
PLAIN = ["its engine", "foreseen"]
SIZES = {
    "w1": {**dict.fromkeys([*PLAIN, "desque"], 5_000_000), "nexosim": 1_000_000, "SimPy": 200_000},
    "w3": dict.fromkeys([*PLAIN, "desque", "nexosim", "SimPy"], 1_000_000),
}


def run(command):
    """(seconds of processor time, standard output) of a command."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    done = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before, done.stdout


def scenario(work):
    return ROOT / "scenarios" / "scale" / f"{work}.json"


def ringstorm(work):
    with tempfile.TemporaryDirectory() as folder:
        options = ["--threads", "1", "--charts", "none", "--quiet", "--out", folder]
        seconds, _ = run([TARGET / "release" / "ringstorm", "run", scenario(work), *options])
        with open(pathlib.Path(folder) / "summary.csv", newline="", encoding="utf-8") as file:
            attempts = next(row["mean"] for row in csv.DictReader(file) if row["metric"] == "attempts")
    return seconds, float(attempts)


def by_events(work):
    seconds, text = run([TARGET / "release" / "examples" / "by_events", scenario(work)])
    return seconds, float(text)


def peer(name, *program, options=()):
    def timed(work):
        seconds, text = run([*program, work, SIZES[work][name], *options])
        return seconds, float(text.split()[0])

    return timed


def engines():
    """Builds what is to be timed: of each engine a function of the work."""
    target = pathlib.Path(tempfile.gettempdir()) / "ringstorm-peers"
    examples = ["--example", "plain", "--example", "by_events"]
    subprocess.run(["cargo", "build", "--release", "--bin", "ringstorm", *examples], check=True, cwd=ROOT)
    found = {"ringstorm": ringstorm, "by events": by_events}
    plain = TARGET / "release" / "examples" / "plain"
    found["its engine"] = peer("its engine", plain)
    found["foreseen"] = peer("foreseen", plain, options=["foreseen"])
    for name in ["desque", "nexosim"]:
        build = ["cargo", "build", "--release", "--manifest-path", HERE / name / "Cargo.toml"]
        subprocess.run(build, check=True, env={**os.environ, "CARGO_TARGET_DIR": str(target)})
        found[name] = peer(name, target / "release" / f"{name}-peer")
    if importlib.util.find_spec("simpy"):
        found["SimPy"] = peer("SimPy", sys.executable, HERE / "simpy_peer.py")
    else:
        print("SimPy is not installed: left out")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    found = engines()
    print(f"{'':4}{'engine':12}{'ns each':>10}{'ratio':>8}   (customers of W1, attempts of W3)")
    for work in SIZES:
        best = {}
        for number in range(rounds):
            for name, timed in found.items():
                if name == "SimPy" and number > 0:
                    continue
                seconds, times = timed(work)
                best[name] = min(seconds / times * 1e9, best.get(name, float("inf")))
        for name, each in best.items():
            print(f"{work:4}{name:12}{each:10.0f}{each / best['ringstorm']:8.1f}")


if __name__ == "__main__":
    main()
