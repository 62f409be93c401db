"""Mutated bodies, registers, and frames for the device adapters.

    python -m bench.fuzz_devices [COUNT] [--seed N] [--only NAME]

Prints one line for each fuzzer. Ends with an error at the first answer that raises another error than DeviceError, or
that gives an invented number.
"""

from __future__ import annotations

import argparse
import asyncio
import time

from tests.devices.fuzzers import FUZZERS


def main() -> None:
    """Run the fuzzers one after another."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("count", nargs="?", type=int, default=20_000, help="answers a fuzzer (default 20000)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", choices=sorted(FUZZERS), help="this fuzzer alone")
    options = parser.parse_args()
    for name, fuzzer in FUZZERS.items():
        if options.only in (None, name):
            start_s = time.monotonic()
            asyncio.run(fuzzer(options.seed, options.count))  # type: ignore[arg-type]
            print(f"{name:20} {options.count:7} answers  {time.monotonic() - start_s:7.1f} s  nothing escaped")


if __name__ == "__main__":
    main()
