"""Two requests in one: what the real server might read in another way than what stands before it is refused whole."""

import re
import socket
from collections.abc import Callable

import pytest

from shopfloor.dashboard.serving import Listening
from tests.security.hall import TeamHall
from tests.security.test_serving import running

HIDDEN = "GET /assets/app.css HTTP/1.1\r\nHost: {host}\r\n\r\n"
CHUNKED = "Transfer-Encoding: chunked\r\n"
FRAMED_TWICE = {
    "length, then chunks": ("Content-Length: 6\r\n", CHUNKED, "\r\n0\r\n\r\n"),
    "chunks, then length": (CHUNKED, "Content-Length: 6\r\n", "\r\n0\r\n\r\n"),
    "chunks alone": (CHUNKED, "\r\n5\r\nhello\r\n0\r\n\r\n"),
    "a chunk whose length ends in a bare line feed": (CHUNKED, "\r\n5\n\r\nhello\r\n0\r\n\r\n"),
    "two lengths": ("Content-Length: 5\r\nContent-Length: 0\r\n\r\nhello",),
    "the same length twice": ("Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",),
    "a folded length": ("Content-Length:\r\n 5\r\n\r\nhello",),
    "a length in a fold": ("X-A: b\r\n\tContent-Length: 5\r\n\r\nhello",),
    "a length after a bare line feed": ("X-A: b\nContent-Length: 5\r\n\r\nhello",),
    "a length after a bare carriage return": ("X-A: b\rContent-Length: 5\r\n\r\nhello",),
    "a head that ends in bare line feeds": ("X-A: b\n\n",),
    "a blank before the colon": ("Content-Length : 5\r\n\r\nhello",),
    "a zero byte": ("X-A: b\0\r\nContent-Length: 5\r\n\r\nhello",),
    **{
        f"the length {text!r}": (f"Content-Length: {text}\r\n\r\nhello",) for text in ("+5", "-5", "0x5", "5_0", "5, 5")
    },
    **{
        f"the coding {text!r}": (f"Transfer-Encoding: {text}\r\n\r\n0\r\n\r\n",)
        for text in ("xchunked", "identity, chunked", "\x0bchunked", "chunked\r\n chunked", "gzip, chunked")
    },
}


@pytest.fixture(scope="module")
def port(halls: Callable[..., TeamHall]) -> int:
    return running(halls(), Listening())[1]


def answers(port: int, sent: str) -> tuple[list[int], bool]:
    """Send bytes as they are; return the status of every answer, and whether the server hung up after them."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(sent.replace("{host}", f"127.0.0.1:{port}").encode())
        heard, is_over = b"", False
        line.settimeout(0.5)
        while not is_over:
            try:
                part = line.recv(65536)
            except TimeoutError:
                break
            heard, is_over = heard + part, not part
    return [int(one) for one in re.findall(rb"HTTP/1\.[01] (\d{3}) ", heard)], is_over


def test_requests_one_after_another_are_answered_one_by_one(port: int) -> None:
    assert answers(port, HIDDEN * 2) == ([200, 200], False)


@pytest.mark.parametrize("how", FRAMED_TWICE)
def test_what_could_be_read_as_two_requests_gets_one_refusal_and_the_connection_ends(port: int, how: str) -> None:
    said, is_over = answers(port, "".join(("POST /login HTTP/1.1\r\nHost: {host}\r\n", *FRAMED_TWICE[how], HIDDEN)))
    assert len(said) == 1
    assert 400 <= said[0] <= 501
    assert is_over
