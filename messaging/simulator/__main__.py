"""Starts the simulator and stops it on SIGTERM or Ctrl-C."""

import signal
import sys

from messaging.simulator.app import create_app
from messaging.simulator.options import parse_options
from messaging.simulator.scheduler import Scheduler
from messaging.simulator.server import Server
from messaging.simulator.state import Simulator

_GRACE_SECONDS = 1.0


def main(arguments: list[str] | None = None) -> int:
    """0 after an orderly stop, 1 when the port is taken."""
    options = parse_options(sys.argv[1:] if arguments is None else arguments)
    try:
        server = Server(options.host, options.port, connections=options.connections)
    except OSError as error:
        print(f"cannot listen on {options.host}:{options.port}: {error}", file=sys.stderr)
        return 1
    sim = Simulator(options, base_url=server.base_url)
    scheduler = Scheduler(sim)

    def stop(_number: int, _frame: object) -> None:
        sim.stopping.set()  # first, so that late answers do not hold the exit up
        server.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    scheduler.start()
    profile = sim.profile.name
    print(f"simulator ready on {server.base_url} profile={profile} seed={options.seed}", flush=True)
    server.serve(create_app(sim))
    server.drain(_GRACE_SECONDS)
    scheduler.stop()
    sim.ledger.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
