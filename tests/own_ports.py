"""Addresses that no test beside this one takes: looked for and taken at once is too late."""

import os
from pathlib import Path

from runtime import demo_folder, stack


def remember_own_ports(folder: Path) -> None:
    """What an installation in ``folder`` will listen on, of a range for this process."""
    port = stack.free_port("127.0.0.1", 18_300 + os.getpid() % 400 * 4)
    simulator_port = stack.free_port("127.0.0.1", port + 1)
    demo_folder.remember_ports(folder, port=port, simulator_port=simulator_port)
