from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.messaging.simulator.simulator_running import Product, Running


@pytest.fixture(scope="session")
def product_server() -> Iterator[Product]:
    product = Product()
    server = product.serve()
    yield product
    server.shutdown()
    server.server_close()


@pytest.fixture
def product(product_server: Product) -> Product:
    product_server.webhooks.clear()
    product_server.refuse_next = 0
    return product_server


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Starts simulators of a test's own, and ends those that it left running."""
    started: list[Running] = []

    def one(*options: str) -> Running:
        started.append(Running.start(*options))
        return started[-1]

    yield one
    for running in started:
        if running.process.poll() is None:
            running.stop()


@pytest.fixture(scope="session")
def shared(product_server: Product) -> Iterator[Running]:
    running = Running.start(
        "--speed", "50", "--inbound-url", f"{product_server.url}/webhooks/twilio/inbound"
    )
    yield running
    assert running.stop() < 2


@pytest.fixture
def simulator(shared: Running, calm: dict[str, Any], product: Product) -> Running:
    """One simulator for all tests: calm, and with silent customers."""
    shared.quiet()
    product.webhooks.clear()
    silent = {"button": 0, "text": 0, "image": 0, "opt_out": 0, "chats_back": 0}
    shared.control("PUT", "profile", {**calm, **silent, "read_delay": [1.0, 5.0]})
    return shared


@pytest.fixture(scope="session")
def calm(shared: Running) -> dict[str, Any]:
    return dict(shared.control("GET", "profile"))


@pytest.fixture
def phone(request: pytest.FixtureRequest) -> str:
    """A number nobody else writes to."""
    digest = sum(ord(c) * 131**i for i, c in enumerate(request.node.nodeid)) % 10**8
    return f"+54911{digest:08}"
