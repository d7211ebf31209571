"""A client in a process of its own: so many requests a second, sent when they are due whatever came back.

`people_client.py ASKED PORT KIND RATE SECONDS`: prints one JSON object. A request's time runs from the moment
when it was due, so that an answer which comes late counts for all that waited behind it.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
import time
from collections import Counter
from pathlib import Path

Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def answered(connection: Connection, data: bytes) -> int:
    """The status of one request on a connection that stays open."""
    reader, writer = connection
    writer.write(data)
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        int(line.partition(b":")[2])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    )
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])


async def run(requests: list[bytes], port: int, rate: float, seconds: float) -> dict[str, object]:
    free: list[Connection] = []
    took: list[float] = []
    statuses: Counter[int] = Counter()

    async def taken() -> Connection:
        """A connection that is free and that the site has not ended for being idle, or a new one."""
        while free:
            connection = free.pop()
            if not connection[0].at_eof():
                return connection
        return await asyncio.open_connection("127.0.0.1", port)

    async def one(due: float, data: bytes) -> None:
        connection = await taken()
        status = await answered(connection, data)
        took.append(time.perf_counter() - due)
        statuses[status] += 1
        free.append(connection)

    began, waiting = time.perf_counter(), []
    for number in range(int(rate * seconds)):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        waiting.append(asyncio.create_task(one(due, requests[number % len(requests)])))
    failed = [each for each in await asyncio.gather(*waiting, return_exceptions=True) if each is not None]
    return {
        "ms": [round(each * 1000, 2) for each in sorted(took)],
        "statuses": statuses,
        "failed": [repr(each) for each in failed[:5]],
        "cpu": time.process_time(),
    }


def raw(key: str, method: str, path: str, body: object) -> bytes:
    data = b"" if body is None else json.dumps(body).encode()
    said = base64.b64encode(f"bench:{key}|0".encode()).decode()
    lines = (
        f"{method} /v4/{path} HTTP/1.1", "Host: localhost", f"Authorization: Basic {said}",
        "Content-Type: application/json", f"Content-Length: {len(data)}", "", "",
    )  # fmt: skip
    return "\r\n".join(lines).encode() + data


def main(asked: Path, port: int, kind: str, rate: float, seconds: float) -> None:
    told = json.loads(asked.read_text())
    requests = [raw(told["key"], *each) for each in told[kind]]
    print(json.dumps(asyncio.run(run(requests, port, rate, seconds))))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], float(sys.argv[4]), float(sys.argv[5]))
