"""Fixtures: a fresh kernel for each test, and the proof afterwards that it is unharmed."""

import os
import subprocess

import pytest

import wire

MEGABYTE = 1 << 20
# A sanitizer that has something to report, or to find in its suppressions, talks to a program through pipes.
SPARE_DESCRIPTORS = 4 if wire.IS_SANITIZED else 0
SLACK = int(os.environ.get("CAMKERNEL_TEST_SLACK_MB", "32")) * MEGABYTE


@pytest.fixture(scope="session", autouse=True)
def binary():
    assert wire.BINARY.exists(), f"{wire.BINARY} is missing: `make release` builds it, CAMKERNEL_BINARY names another"


@pytest.fixture
def kernel():
    """A kernel, ended after the test."""
    kernel = wire.Kernel()
    yield kernel
    kernel.kill()


@pytest.fixture
def client(kernel):
    with wire.Client(kernel) as client:
        yield client


@pytest.fixture
def unharmed(kernel):
    """A kernel that after the test still answers, and whose memory and file descriptors settle."""
    wire.assert_answers(kernel)
    descriptors, resident, threads = kernel.descriptors(), kernel.resident(), kernel.threads()
    yield kernel
    wire.assert_answers(kernel)
    assert wire.eventually(lambda: kernel.descriptors() <= descriptors + SPARE_DESCRIPTORS), (
        f"{kernel.descriptors()} descriptors, {descriptors} before; connections: {kernel.connections()}")
    assert wire.eventually(lambda: kernel.resident() <= resident + SLACK), (
        f"{kernel.resident() / MEGABYTE:.0f} MB resident, {resident / MEGABYTE:.0f} before")
    assert kernel.threads() <= threads


@pytest.fixture
def attacker(unharmed):
    """A client of a kernel that must come out unharmed; it leaves before that is looked at."""
    client = wire.Client(unharmed)
    yield client
    client.close()


@pytest.fixture(scope="session")
def installed(tmp_path_factory):
    """The kernelspec of the built kernel, where Jupyter finds it during these tests and nobody else does."""
    prefix = tmp_path_factory.mktemp("prefix")
    subprocess.run([str(wire.BINARY), "install", "--prefix", str(prefix)], check=True, stdout=subprocess.DEVNULL)
    before = os.environ.get("JUPYTER_PATH")
    os.environ["JUPYTER_PATH"] = str(prefix / "share/jupyter")
    yield prefix
    if before is None:
        del os.environ["JUPYTER_PATH"]
    else:
        os.environ["JUPYTER_PATH"] = before
