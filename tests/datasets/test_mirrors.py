"""MNIST is downloaded from good mirrors, and from bad ones it is not: each is named, and the next one asked.

No test uses the network: mirrors are a server on this machine that misbehaves on demand.
"""

import gzip
import socket
import subprocess
import sys
import time

import numpy as np
import pytest
import small_mnist
from small_mnist import ARRAYS, HTML, STEM, answer, files, idx, npy, npz, raising, same, zipped

from mnist_lib.data import load_mnist
from mnist_lib.datasets import mirrors as download
from mnist_lib.datasets.files import DataError

home, notebook = small_mnist.home, small_mnist.notebook
server, mirror = small_mnist.server, small_mnist.mirror


def drip(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "40000")
    handler.end_headers()
    for _ in range(400):
        handler.wfile.write(b"P")
        time.sleep(0.02)


def drip_headers(handler):
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nX-Nothing: ")
    for _ in range(300):
        handler.wfile.write(b"x")
        time.sleep(0.02)


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(bytes(2**16))


def test_the_three_mirrors():
    """The Keras .npz and two folders of IDX files, on https."""
    mirrors = subprocess.run(
        [sys.executable, "-c", "from mnist_lib.datasets.mirrors import MIRRORS; print(*MIRRORS)"],
        capture_output=True,
        text=True,
    ).stdout.split()
    assert len(mirrors) >= 3 and all(mirror.startswith("https://") for mirror in mirrors)
    assert mirrors[0].endswith(".npz") and sum(mirror.endswith("/") for mirror in mirrors) >= 2


def test_download_npz_is_kept(home, capfd, mirror):
    data = load_mnist("mnist")
    host = mirror.url.removeprefix("http://")
    assert same(data) and data.origin == f"MNIST, downloaded from {host}"
    out, err = capfd.readouterr()
    assert f"MNIST was downloaded from {host}. It is kept in mnist_lib's cache." in out and err == ""
    assert "MNIST from 127.0.0.1" in out and "B/s]" in out  # the progress bar
    assert files(home / "cache") == ["mnist.npz"]
    download.MIRRORS = ()
    assert same(load_mnist("mnist")) and len(mirror.asked) == 1
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("pack", [gzip.compress, bytes], ids=["gzipped", "unpacked on the way"])
def test_download_idx_is_kept(home, monkeypatch, server, pack):
    server.serve_idx(pack=pack)
    monkeypatch.setattr(download, "MIRRORS", (f"{server.url}/idx/",))
    assert same(load_mnist("mnist")) and len(server.asked) == 4
    assert same(load_mnist("mnist")) and len(server.asked) == 4
    assert files(home / "cache") == ["mnist.npz"]


def test_download_without_a_size(mirror):
    mirror.pages["/mnist.npz"] = lambda handler: answer(handler, npz(), size="none")
    assert same(load_mnist())


def test_download_by_redirect(mirror):
    mirror.pages["/there.npz"] = npz()
    mirror.pages["/mnist.npz"] = lambda handler: answer(handler, b"", 302, Location="/there.npz")
    assert same(load_mnist())


MISBEHAVIOUR = {
    "not found": (None, "the server answered 404"),
    "server error": (lambda handler: answer(handler, b"sorry", 503), "the server answered 503"),
    "HTML instead of data": (HTML, r"what it sent is a web page \(HTML: .* sign-in page of this network"),
    "redirect to a sign-in page": (
        lambda handler: answer(handler, b"", 302, Location="/sign-in"),
        "what it sent is a web page",
    ),
    "endless redirect": (
        lambda handler: answer(handler, b"", 302, Location="/mnist.npz"),
        "302|infinite loop",
    ),
    "empty": (b"", "what it sent is empty"),
    "cut short": (lambda handler: answer(handler, npz()[:9000], size=len(npz())), "cut short after 9,000 of"),
    "cut short, size unknown": (
        lambda handler: answer(handler, npz()[:9000], size="none"),
        "damaged or cut short",
    ),
    "corrupt": (b"PK\3\4" + bytes(9999), "damaged or cut short"),
    "wrong digest": (npz(x_test=ARRAYS["x_test"] ^ 1), "x_test with SHA-256"),
    "pickle": (zipped(y_test=npy(np.array([print] * 10))), "pickled objects"),
    "huge, and says so": (lambda handler: answer(handler, bytes(9), size=10**12), "more than .* bytes"),
    "endless": (endless, "sends more than .* bytes"),
    "hangs up": (lambda handler: handler.connection.shutdown(socket.SHUT_RDWR), "closed|reset|aborted"),
    "not HTTP": (lambda handler: handler.wfile.write(b"SSH-2.0\r\n\r\n"), "SSH"),
    "silent at once": (lambda handler: time.sleep(2), "no connection within 0.6 seconds|no answer in time"),
    "silent in the middle": (
        lambda handler: [answer(handler, b"PK", size=9999), handler.wfile.flush(), time.sleep(2)],
        "no more data within 0.6 seconds|no answer in time",
    ),
    "drips": (drip, "too slow"),
    "drips headers": (drip_headers, "no answer in time"),
    "size that is no number": (lambda handler: answer(handler, npz(), size="much"), "'much'"),
    "redirect to a file": (lambda handler: answer(handler, b"", 302, Location="file:///etc/hosts"), "file:"),
}


@pytest.mark.parametrize("case", MISBEHAVIOUR)
def test_misbehaving_mirror_is_named_and_the_next_one_asked(home, monkeypatch, server, case):
    page, reason = MISBEHAVIOUR[case]  # the mirror is asked twice: alone, then with a good one after it
    server.pages.update({"/mnist.npz": page, "/sign-in": HTML})
    if case.startswith(("silent", "drips")):
        monkeypatch.setattr(download, "CONNECT_SECONDS", 0.6)
    monkeypatch.setattr(download, "MIRRORS", (f"{server.url}/mnist.npz",))
    with pytest.raises(DataError, match=f"(?s)refuses the sample.*mnist.npz: .*({reason}).*What to do"):
        load_mnist("mnist")
    assert files(home / "cache") == []
    server.serve_idx()
    download.MIRRORS += (f"{server.url}/idx/",)
    assert same(load_mnist("mnist"))
    assert files(home / "cache") == ["mnist.npz"]


IDX_MISBEHAVIOUR = {
    "one missing": (None, "the server answered 404"),
    "HTML instead of data": (HTML, "its t10k-images-idx3-ubyte.gz is a web page"),
    "cut short": (gzip.compress(idx(ARRAYS["x_test"]))[:-99], "damaged or cut short"),
    "wrong digest": (gzip.compress(idx(ARRAYS["x_test"] ^ 1)), "SHA-256"),
}


@pytest.mark.parametrize("case", IDX_MISBEHAVIOUR)
def test_misbehaving_idx_mirror(home, monkeypatch, server, case):
    page, reason = IDX_MISBEHAVIOUR[case]
    server.serve_idx("/bad/")
    server.pages[f"/bad/{STEM}.gz"] = page
    server.serve_idx("/good/")
    monkeypatch.setattr(download, "MIRRORS", (f"{server.url}/bad/",))
    with pytest.raises(DataError, match=f"/bad/: .*{reason}"):
        load_mnist("mnist")
    download.MIRRORS += (f"{server.url}/good/",)
    assert same(load_mnist("mnist"))


def test_mirrors_are_asked_in_turn(monkeypatch, server):
    server.pages.update({"/1.npz": HTML, "/3.npz": npz(), "/4.npz": npz()})
    monkeypatch.setattr(download, "MIRRORS", tuple(f"{server.url}/{i}.npz" for i in range(1, 5)))
    assert same(load_mnist())
    assert server.asked == ["/1.npz", "/2.npz", "/3.npz"]


def test_refused_connection(monkeypatch):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    monkeypatch.setattr(download, "MIRRORS", (f"http://127.0.0.1:{port}/mnist.npz",))
    with pytest.raises(DataError, match="refused"):
        load_mnist("mnist")


def test_no_network(monkeypatch):
    monkeypatch.setattr(socket, "getaddrinfo", raising(socket.gaierror(-3, "Temporary failure in name resolution")))
    monkeypatch.setattr(download, "MIRRORS", ("http://mirror.invalid/mnist.npz", "http://other.invalid/"))
    with pytest.raises(DataError) as caught:
        load_mnist("mnist")
    message = str(caught.value)
    assert message.count("its name cannot be looked up: is there a network?") == 2
    for words in (
        "MNIST_LIB_DATA: not set",
        "mnist_lib's cache: no mnist.npz there",
        "Keras's cache: no mnist.npz there",
        "http://mirror.invalid/mnist.npz: ",
        "http://other.invalid/: ",
        "connect to a network",
        "set MNIST_LIB_DATA",
        'load_mnist(source="sample")',
    ):
        assert words in message


def test_untrusted_certificate(monkeypatch, server):
    import ssl

    problem = ssl.SSLCertVerificationError(1, "certificate verify failed")
    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", raising(problem))
    monkeypatch.setattr(download, "MIRRORS", (f"{server.url.replace('http', 'https')}/mnist.npz",))
    with pytest.raises(DataError, match="certificate cannot be trusted"):
        load_mnist("mnist")


def test_a_name_server_that_hangs_keeps_nobody(monkeypatch, mirror):
    """Neither time limit of a socket covers the looking up of its name."""
    true_lookup, started = socket.getaddrinfo, time.monotonic()

    def slow(host, *arguments, **keywords):
        if host == "mirror.invalid":
            time.sleep(9)
        return true_lookup(host, *arguments, **keywords)

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    monkeypatch.setattr(download, "CONNECT_SECONDS", 0.8)
    monkeypatch.setattr(download, "MIRRORS", ("http://mirror.invalid/mnist.npz", *download.MIRRORS))
    assert same(load_mnist())
    assert time.monotonic() - started < 6


@pytest.mark.parametrize("page", [drip, lambda handler: time.sleep(5)], ids=["drips", "is silent"])
def test_the_limit_for_all_mirrors_holds(monkeypatch, server, page):
    server.pages.update({f"/{i}.npz": page for i in range(9)})
    monkeypatch.setattr(download, "TOTAL_SECONDS", 0.8)
    monkeypatch.setattr(download, "CONNECT_SECONDS", 2)
    monkeypatch.setattr(download, "MIRRORS", tuple(f"{server.url}/{i}.npz" for i in range(9)))
    started = time.monotonic()
    with pytest.raises(DataError, match="(?s)0.npz: no .* within 0.8 seconds, .*8.npz: not asked"):
        load_mnist("mnist")
    assert 0.7 < time.monotonic() - started < 4
    assert len(server.asked) == 1


def test_progress_in_a_notebook_leaves_no_noise(capfd, notebook, mirror):
    lines = []
    mirror.pages["/mnist.npz"] = lambda handler: [
        lines.append(notebook[0]["text/plain"]),
        answer(handler, npz()),
    ]
    assert same(load_mnist())
    assert lines[0].startswith("MNIST from 127.0.0.1")
    progress, outcome = notebook
    assert progress == {"text/plain": ""} and "It is kept in mnist_lib's cache." in outcome["text/plain"]
    assert capfd.readouterr() == ("", "")
