#!/usr/bin/env python3
"""Counts the instructions of runs with valgrind's callgrind and fails when one needs over 3%
more than `benches/instructions.json` says.

From the project's folder: cargo build --release && benches/instructions.py [--update]
`--binary PATH` counts another program than that.
With `--parts` it says instead which parts of the program need them; it reads that from debug
information: CARGO_PROFILE_RELEASE_DEBUG=1 cargo build --release

A count does not depend on the load or the clock of the machine: two of one binary differ by
less than 0.1%. It depends on the compiler, so the compiler is recorded, and counts of
another are not compared.
"""

import argparse
import json
import os
import pathlib
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

# A part and where its source lies; the first that fits. The standard library and the crates
# count where they were inlined; where they were not, `libm` is mathematics, sorting is the event
# list's, and the rest is the rest.
PARTS = {
    "event list": ["src/engine/queue.rs", "/slice/sort/"],
    "events told apart": ["src/model/event.rs", "src/model/step.rs"],
    "draws, laws, back-off": ["src/engine/", "src/model/backoff.rs", "/libm-"],
    "clients": ["src/model/client.rs", "src/model/presence.rs", "src/model/arrivals.rs"],
    "attempts": ["src/model/attempt.rs", "src/model/network.rs", "src/model/accept/"],
    "servers": ["src/model/handshake.rs", "src/model/server.rs", "src/model/foresight.rs"],
    "balancing": ["src/policy/", "src/routing/"],
    "recording": ["src/observe/", "src/model/sampling.rs"],
    "rest of the model": ["src/model/", "src/plan/"],
    "statistics, files, the rest": [""],
}


def release():
    """The program that a release build makes."""
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return target / "release" / "ringstorm"


def count(binary, scenario, *options):
    """Instructions of each part of the program in a run."""
    if not binary.exists():
        sys.exit(f"there is no {binary}: cargo build --release")
    with tempfile.TemporaryDirectory() as folder:
        command = ["valgrind", "--tool=callgrind", f"--callgrind-out-file={folder}/counts"]
        command += [binary, "run", ROOT / "scenarios" / scenario, *options]
        command += ["--threads", "1", "--charts", "none", "--quiet", "--out", f"{folder}/results"]
        subprocess.run([str(part) for part in command], check=True, capture_output=True)
        with open(f"{folder}/counts", encoding="utf-8") as file:
            return by_part(file)


def by_part(lines):
    """Instructions of each part, from callgrind's file: a line of costs belongs to the source
    file named last (fl, fi, fe), the first after `calls=` to what was called."""
    files, parts = {}, dict.fromkeys(PARTS, 0)
    part, is_call = None, False
    for line in lines:
        key, _, value = line.rstrip().partition("=")
        if key in ("fl", "fi", "fe", "cfi", "cfl"):
            number, _, name = value.partition(" ")
            path = files.setdefault(number, name)
            is_ours = path.startswith(("src/", f"{ROOT}/src/"))
            if key == "fl" or (key in ("fi", "fe") and is_ours):
                part = next(name for name, places in PARTS.items() if any(place in path for place in places))
        elif key == "calls":
            is_call = True
        elif line[0] in "+-*0123456789":
            parts[part] += 0 if is_call else int(line.split()[1])
            is_call = False
    return parts


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--update", action="store_true", help="record the counts of now")
    parser.add_argument("--parts", action="store_true", help="say which parts need them")
    parser.add_argument("--binary", type=pathlib.Path, default=release(), help="what is counted")
    arguments = parser.parse_args()
    if arguments.parts:
        return print_parts(arguments.binary)
    update = arguments.update
    compiler = subprocess.run(["rustc", "--version"], check=True, capture_output=True, text=True).stdout.strip()
    recorded = json.loads(RECORD.read_text(encoding="utf-8")) if RECORD.exists() else {}
    if not update and recorded.get("compiler") != compiler:
        print(f"counts are of {recorded.get('compiler')}, this is {compiler}: not compared")
        return 0
    counts = {name: sum(count(arguments.binary, *run).values()) for name, run in RUNS.items()}
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


def print_parts(binary):
    runs = {name: count(binary, *run) for name, run in RUNS.items()}
    print(f"{'':28}" + "".join(f"{name:>21}" for name in runs))
    for part in PARTS:
        shares = (parts[part] / sum(parts.values()) for parts in runs.values())
        print(f"{part:28}" + "".join(f"{share:21.1%}" for share in shares))
    return 0


if __name__ == "__main__":
    sys.exit(main())
