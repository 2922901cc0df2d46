#!/usr/bin/env python3
"""Counts the instructions of runs with valgrind's callgrind and fails when one needs over 3%
more than `benches/instructions.json` says.

From the project's folder: cargo build --release && benches/instructions.py [--update]

A count does not depend on the load or the clock of the machine: two of one binary differ by
less than 0.1%. It depends on the compiler, so the compiler is recorded, and counts of
another are not compared.
"""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
RECORD = HERE / "instructions.json"
TOLERANCE = 0.03
RUNS = {
    "one queue": ["scale/w1.json", "--set", "duration=1m"],
    "storm": ["scale/w3.json", "--set", "clients.connected=50000", "--set", "servers.count=5"],
    "clients come and go": ["scale/diurnal-day.json", "--set", "clients.connected=20000", "--set", "duration=10m"],
    "ring": ["scale-out.json", "--policy", "ring, at once", "--replications", "1"],
}


def count(scenario, *options):
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/counts"]
        command += [target / "release" / "ringstorm", "run", ROOT / "scenarios" / scenario, *options]
        command += ["--threads", "1", "--charts", "none", "--quiet", "--out", f"{folder}/results"]
        done = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
    return int(re.search(r"Collected : (\d+)", done.stderr).group(1))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="record the counts of now")
    update = parser.parse_args().update
    compiler = subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    recorded = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    if not update and recorded.get("compiler") != compiler:
        print(f"counts are of {recorded.get('compiler')}, this is {compiler}: not compared")
        return 0
    counts = {name: count(*arguments) for name, arguments in RUNS.items()}
    if update:
        text = json.dumps({"compiler": compiler, "instructions": counts}, indent=2)
        RECORD.write_text(text + "\n", encoding="utf-8")
    grown = 0
    for name, now in counts.items():
        before = recorded.get("instructions", {}).get(name, now)
        change = now / before - 1
        grown += not update and change > TOLERANCE
        print(f"{name:22}{before:15,}{now:15,}{change:+9.2%}{'  too many' if change > TOLERANCE else ''}")
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
