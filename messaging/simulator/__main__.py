"""Starts the simulator: one gunicorn worker with threads, since its state is in one process."""

import sys
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from messaging.simulator.app import create_app
from messaging.simulator.options import Options, parse_options
from messaging.simulator.scheduler import Scheduler
from messaging.simulator.state import Simulator


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    def __init__(self, options: Options) -> None:
        self._options = options
        self._sim: Simulator | None = None
        self._scheduler: Scheduler | None = None
        super().__init__()

    def load_config(self) -> None:
        options = self._options
        host = f"[{options.host}]" if ":" in options.host else options.host
        settings: dict[str, Any] = {
            "bind": [f"{host}:{options.port}"],
            "workers": 1,
            "worker_class": "gthread",
            "threads": options.threads,
            "worker_connections": 2_000,
            "keepalive": 75,
            "graceful_timeout": 1,
            "timeout": 0,
            "control_socket_disable": True,
            "loglevel": "warning",
            "proc_name": "pregon-simulator",
            "post_worker_init": self._announce,
            "worker_int": self._stop,
            "worker_exit": lambda _server, _worker: self._stop(_worker),
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """Runs in the worker, after the fork: threads and the ledger's connection live there."""
        self._sim = Simulator(self._options)
        self._scheduler = Scheduler(self._sim)
        return create_app(self._sim)

    def _announce(self, worker: Any) -> None:
        assert self._sim is not None
        assert self._scheduler is not None
        host, port = worker.sockets[0].getsockname()[:2]
        self._sim.base_url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        self._scheduler.start()
        profile, seed = self._sim.profile.name, self._options.seed
        print(f"simulator ready on {self._sim.base_url} profile={profile} seed={seed}", flush=True)

    def _stop(self, _worker: Any) -> None:
        if self._scheduler is not None:
            self._scheduler.stop()


def main(arguments: list[str] | None = None) -> None:
    sys.setswitchinterval(0.001)  # many threads that compute little: let them take turns sooner
    Server(parse_options(sys.argv[1:] if arguments is None else arguments)).run()


if __name__ == "__main__":
    main()
