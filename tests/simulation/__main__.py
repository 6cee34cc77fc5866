"""`python -m tests.simulation`: many seeds, or one with its trace, or a planted fault until it is found."""

import argparse
import json
import multiprocessing
import os
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from tests.simulation.faults import FAULTS, planted
from tests.simulation.run import Outcome, simulate
from tests.simulation.trace import Happened, readable
from tests.simulation.wiring import country

LINES: Final = 60
RED, GREEN, GREY, BOLD, PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[90m", "\x1b[1m", "\x1b[0m"


class Wanted(NamedTuple):
    """One seed to run, perhaps with a planted fault."""

    seed: int
    fault: str | None


class Result(NamedTuple):
    """What became of it, without what cannot leave its process; `lines`: the end of a failing seed's trace."""

    seed: int
    invariant: str | None
    detail: str
    counts: Counter[str]
    lines: list[str]


def main() -> int:
    """Run what the command line says; 1 when an invariant is broken, or a planted fault is not found."""
    if os.environ.get("PYTHONHASHSEED") != "0":  # the order of sets is part of what a seed means
        os.environ["PYTHONHASHSEED"] = "0"
        os.execv(sys.executable, [sys.executable, "-m", "tests.simulation", *sys.argv[1:]])  # noqa: S606 - ourselves
    options = _options()
    country()  # before the fork, or each process would make it anew
    counts = Counter[str]()
    seeds = range(options.first, options.first + options.seeds)
    if options.seed is not None:
        code = _one(options.seed, options.fault, counts, trace=options.trace)
    elif options.faults:
        code = _all_faults(seeds, counts, options.jobs)
    else:
        code = _many(seeds, options.fault, counts, options.jobs)
    if options.json:
        _say(json.dumps(counts, sort_keys=True))
    else:
        for name, count in sorted(counts.items()):
            _say(f"{count:>10}  {name}", GREY)
    return code


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="how many seeds to run")
    parser.add_argument("--first", type=int, default=1, help="the first of them")
    parser.add_argument("--seed", type=int, help="run this seed alone")
    parser.add_argument("--trace", action="store_true", help="with --seed: tell everything that happens")
    parser.add_argument("--fault", choices=sorted(FAULTS), help="plant this fault")
    parser.add_argument("--faults", action="store_true", help="plant each fault in turn until it is found")
    parser.add_argument("--json", action="store_true", help="say what was counted on one last line, as JSON")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many seeds at a time")
    return parser.parse_args()


def _one(seed: int, fault: str | None, counts: Counter[str], *, trace: bool) -> int:
    with planted(fault):
        outcome = simulate(seed, _tell if trace else None)
    if not trace and outcome.broken is not None:
        for line in list(outcome.trace.lines)[-LINES:]:
            _tell(line)
    _verdict(_result(outcome), fault)
    counts.update(outcome.counts)
    return outcome.broken is not None


def _tell(happened: Happened) -> None:
    loud = {"BROKEN": RED + BOLD, "killed": RED, "paused": RED, "published": GREEN, "handled": GREY}
    _say(readable(happened), loud.get(happened.what, ""))


def _many(seeds: Sequence[int], fault: str | None, counts: Counter[str], jobs: int) -> int:
    """All seeds; with a planted fault, until one finds it."""
    started, done, failed = time.monotonic(), 0, 0
    for done, result in enumerate(_results(seeds, fault, jobs), 1):
        counts.update(result.counts)
        if result.invariant is not None:
            failed += 1
            for line in result.lines:
                _say(line, GREY)
            _verdict(result, fault)
            if fault is not None:
                break
        elif sys.stdout.isatty():
            _say(f"\r{done} of {len(seeds)} seeds", GREY, end="")
    _say(f"\n{done} seeds in {time.monotonic() - started:.0f} s, {failed} failed", RED if failed else GREEN)
    return bool(failed) if fault is None else not failed


def _all_faults(seeds: Sequence[int], counts: Counter[str], jobs: int) -> int:
    """Count for each fault the seed that found it."""
    missed = 0
    for fault in FAULTS:
        started = time.monotonic()
        found = next((each for each in _results(seeds, fault, jobs) if each.invariant is not None), None)
        missed += found is None
        if found is not None:
            counts[fault] = found.seed
        told = f"seed {found.seed:<4} {found.invariant}: {found.detail[:120]}" if found else "NOT FOUND"
        _say(f"{fault:<28} {told}  ({time.monotonic() - started:.0f} s)", GREEN if found else RED)
    return bool(missed)


def _results(seeds: Sequence[int], fault: str | None, jobs: int) -> Iterator[Result]:
    """In the order of the seeds, so that the first that fails is the first."""
    wanted = [Wanted(seed, fault) for seed in seeds]
    if jobs == 1:
        yield from map(_run, wanted)
        return
    with multiprocessing.get_context("fork").Pool(jobs) as pool:
        yield from pool.imap(_run, wanted)


def _run(wanted: Wanted) -> Result:
    with planted(wanted.fault):
        return _result(simulate(wanted.seed))


def _result(outcome: Outcome) -> Result:
    broken, lines = outcome.broken, list(outcome.trace.lines)[-LINES:]
    if broken is None:
        return Result(outcome.seed, None, "", outcome.counts, [])
    return Result(outcome.seed, broken.invariant, broken.detail, outcome.counts, [readable(line) for line in lines])


def _verdict(result: Result, fault: str | None) -> None:
    if result.invariant is None:
        _say(f"seed {result.seed}: every invariant holds", GREEN)
        return
    again = f"python -m tests.simulation --seed {result.seed}" + (f" --fault {fault}" if fault else "")
    _say(f"seed {result.seed}: {result.invariant} - {result.detail}", RED + BOLD)
    _say(f"again: {again} --trace", BOLD)


def _say(text: str, color: str = "", end: str = "\n") -> None:
    colored = color and sys.stdout.isatty()
    sys.stdout.write(f"{color}{text}{PLAIN}{end}" if colored else text + end)
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
