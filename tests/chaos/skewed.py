"""Run a module with a wrong wall clock: `python -m tests.chaos.skewed 300 dramatiq …`.

Python's own clock alone, which is what our code and its libraries ask; `faketime` would need a
package of the system. The monotonic clock is right, as it is on a machine whose time is wrong.
"""

import runpy
import sys
import time


def main() -> None:
    shift = float(sys.argv[1])
    right, right_ns = time.time, time.time_ns
    time.time = lambda: right() + shift
    time.time_ns = lambda: right_ns() + int(shift * 1e9)
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
