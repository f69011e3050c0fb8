"""The same HTTP client with nothing behind it: the most that this machine can post.

    python -m benchmarks.bare_loop MESSAGES IN_FLIGHT PORT

prints the seconds it took.
"""

import sys
import time

from messaging.provider import OutboundMessage
from workers.sending_loop import SendingLoop, TwilioAccount

_VARIABLES = {
    "1": "Ana",
    "2": "14",
    "3": "45.300,50",
    "4": "12/12/2026",
    "5": "x" * 35,
    "6": "y" * 35,
}


def main(messages: int, in_flight: int, port: int) -> float:
    account = TwilioAccount(
        account_sid="AC" + "0" * 32,
        username="u",
        password="p",
        public_url="http://127.0.0.1:18401",
        base_url=f"http://127.0.0.1:{port}",
        connect_timeout=5,
        request_timeout=30,
    )
    loop = SendingLoop(account, max_in_flight=in_flight)
    started = time.perf_counter()
    sent = done = 0
    while done < messages:
        while sent < messages and loop.free:
            loop.start(
                OutboundMessage(
                    message_id=sent,
                    attempt=1,
                    sender="+5491155550000",
                    to="+5491155554444",
                    content_sid="HX" + "0" * 32,
                    variables=_VARIABLES,
                )
            )
            sent += 1
        done += len(loop.poll(0.1))
    return time.perf_counter() - started


if __name__ == "__main__":
    print(main(*map(int, sys.argv[1:])))
