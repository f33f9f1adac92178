"""Drawn specs against the laws, for as long as told: `python tests/laws/fuzz.py SECONDS`."""

import random
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from drawn import REGRESS, assert_laws, some
from hypothesis import given, seed
from specs import every_kind

ROUND = 25


def judge(start: int) -> None:
    """One round of specs drawn from this start; raises what the first bad one breaks."""

    @seed(start)
    @some(ROUND, anew=True)
    @given(every_kind())
    def draw(text: str) -> None:
        assert_laws(text, f"drawn_{start}")

    draw()


def main(seconds: float) -> int:
    """0 when no spec broke a law; 1, and where the smallest one is that did."""
    end, count = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        start = random.randrange(2**32)
        try:
            judge(start)
        except Exception as wrong:
            print(f"\n{wrong}\nthe smallest spec that does this: {REGRESS}/drawn_{start}.nl")
            return 1
        count += ROUND
        print(f"\r{count} specs, no law broken", end="", flush=True)
    print()
    return 0


if __name__ == "__main__":
    raise SystemExit(main(float(sys.argv[1])))
