"""`python -m optimizer.schedule`: reads one problem from stdin and writes its schedule to stdout, both as JSON.

It runs as a process of its own. So arrays never live in the service, and a slow solver never delays a tick.
Exit codes: 0 solved, 2 the problem has a mistake, 3 the solver failed. The reason is one line on stderr.
"""

from __future__ import annotations

import sys
from typing import BinaryIO, TextIO

from optimizer.schedule.document import problem_from, to_json
from optimizer.schedule.problem import ProblemError
from optimizer.schedule.solve import solve

SOLVED, BAD_PROBLEM, FAILED = 0, 2, 3
MOST_BYTES = 2_000_000
"""Largest size of a problem. One of 36 hours has about 30 kB."""


def main(stdin: BinaryIO, stdout: TextIO, stderr: TextIO) -> int:
    """Solve one problem. Returns the exit code."""
    text = stdin.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        return _say(stderr, BAD_PROBLEM, f"the problem has more than {MOST_BYTES} bytes")
    try:
        problem = problem_from(text.decode())
    except (ProblemError, UnicodeDecodeError) as error:
        return _say(stderr, BAD_PROBLEM, f"the problem cannot be read: {error}")
    try:
        stdout.write(to_json(solve(problem)) + "\n")
    except Exception as error:
        # The service must get one line whatever fails here, and then uses its last schedule.
        return _say(stderr, FAILED, f"the solver failed: {type(error).__name__}: {error}")
    return SOLVED


def _say(stderr: TextIO, code: int, message: str) -> int:
    stderr.write(" ".join(message.split()) + "\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.stdin.buffer, sys.stdout, sys.stderr))
