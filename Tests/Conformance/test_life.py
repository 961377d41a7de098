"""How the kernel process starts and ends."""

import contextlib
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import sys


import pytest
import zmq

import wire
from wire import BINARY, Client, Kernel, assert_answers, connection_info, eventually, free_ports


def refusal(path):
    """What the kernel says on stderr when it refuses to start."""
    result = subprocess.run([str(BINARY), "kernel", "-f", str(path)], capture_output=True, text=True, timeout=30)
    assert result.returncode == 2 and result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    return lines[0]


@pytest.fixture
def connection(tmp_path):
    """Writes a connection file with changes, and gives its path."""

    def write(**changes):
        path = tmp_path / "connection.json"
        path.write_text(json.dumps({key: value for key, value in connection_info(**changes).items() if value is not ...}))
        return path

    return write


def test_a_missing_connection_file(tmp_path):
    assert "no such file" in refusal(tmp_path / "nothing.json")


def test_a_folder_as_connection_file(tmp_path):
    assert "is a directory" in refusal(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "kernel", "\0", "[" * 100_000, "{'shell_port': 1}"])
def test_a_connection_file_that_is_no_json(tmp_path, text):
    path = tmp_path / "connection.json"
    path.write_text(text)
    assert "is not JSON" in refusal(path)


@pytest.mark.parametrize("changes, expected", [
    ({"transport": "carrier-pigeon"}, "transport"), ({"transport": 1}, "transport"), ({"signature_scheme": "hmac-md5"}, "signature_scheme"),
    ({"signature_scheme": ""}, "signature_scheme"), ({"shell_port": ...}, "shell_port"), ({"hb_port": 0}, "hb_port"), ({"iopub_port": 70000}, "iopub_port"),
    ({"stdin_port": "55"}, "stdin_port"), ({"control_port": -1}, "control_port"), ({"key": 5}, "key"), ({"ip": ""}, "ip"),
    ({"ip": "999.1.1.1"}, "999.1.1.1"), ({"ip": "192.0.2.1"}, "cannot bind"), ({"curve_publickey": "x"}, "curve"),
])
def test_a_connection_file_with_a_wrong_field(tmp_path, changes, expected):
    info = {**connection_info(), **changes}
    path = tmp_path / "connection.json"
    path.write_text(json.dumps({key: value for key, value in info.items() if value is not ...}))
    assert expected in refusal(path)


@pytest.mark.parametrize("channel", wire.CHANNELS)
def test_a_port_that_is_taken(tmp_path, channel):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        path = tmp_path / "connection.json"
        path.write_text(json.dumps({**connection_info(), f"{channel}_port": port}))
        line = refusal(path)
    assert str(port) in line and "address already in use" in line


def test_ipc_is_served():
    kernel = Kernel(connection_info("ipc"))
    assert_answers(kernel)
    kernel.kill()


def test_without_a_key_messages_are_not_signed():
    kernel = Kernel(connection_info(key=""))
    with Client(kernel) as client:
        frames = client.frames("kernel_info_request")
        client.send_frames([frames[0], b"", *frames[2:]])
        assert client.receive()["content"]["status"] == "ok"
        client.send_frames([frames[0], b"", *frames[2:]])
        assert client.receive()["content"]["status"] == "ok"
    kernel.kill()


def test_ipv6_is_served():
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    kernel = Kernel({**connection_info(), "ip": "::1"})
    context = zmq.Context()
    shell = context.socket(zmq.DEALER)
    shell.linger = 0
    shell.setsockopt(zmq.IPV6, 1)
    shell.connect(f"tcp://[::1]:{kernel.info['shell_port']}")
    client = Client.__new__(Client)
    client.key, client.session = kernel.info["key"].encode(), "s"
    shell.send_multipart(client.frames("kernel_info_request"))
    assert shell.poll(30_000)
    context.destroy(linger=0)
    kernel.kill()


def test_encrypted_channels_serve_only_those_who_know_the_key():
    public, secret = zmq.curve_keypair()
    kernel = Kernel({**connection_info(), "curve_publickey": public.decode(), "curve_secretkey": secret.decode()})
    context = zmq.Context()
    replies = {}
    for encrypted in (True, False):
        shell = context.socket(zmq.DEALER)
        shell.linger = 0
        if encrypted:
            shell.curve_serverkey = public
            shell.curve_publickey, shell.curve_secretkey = zmq.curve_keypair()
        shell.connect(kernel.endpoint("shell"))
        client = Client.__new__(Client)
        client.key, client.session = kernel.info["key"].encode(), "s"
        shell.send_multipart(client.frames("kernel_info_request"))
        replies[encrypted] = shell.poll(30_000 if encrypted else 500)
    assert replies[True] and not replies[False]
    context.destroy(linger=0)
    kernel.kill()


@pytest.mark.parametrize("channel", ["control", "shell"])
@pytest.mark.parametrize("restart", [True, False])
def test_shutdown_is_answered_published_and_obeyed(kernel, client, channel, restart):
    request = client.send("shutdown_request", {"restart": restart}, channel)
    assert client.reply(request, channel)["content"] == {"status": "ok", "restart": restart}
    assert "shutdown_reply" in [output["type"] for output in client.outputs(request)]
    assert kernel.wait_for_exit() == 0
    assert kernel.said() == ""


@contextlib.contextmanager
def starved(kernel):
    """The kernel on one core with busy neighbours, and libzmq's thread, which does all the sending, on what they leave."""
    core = {max(os.sched_getaffinity(0))}
    spin = f"import os\nos.sched_setaffinity(0, {core})\nwhile True: pass"
    neighbours = [subprocess.Popen([sys.executable, "-c", spin]) for _ in range(3)]
    try:
        for task in pathlib.Path(f"/proc/{kernel.pid}/task").iterdir():
            os.sched_setaffinity(int(task.name), core)
            if (task / "comm").read_text().startswith("ZMQbg/IO"):
                os.sched_setscheduler(int(task.name), os.SCHED_IDLE, os.sched_param(0))
        yield
    finally:
        for neighbour in neighbours:
            neighbour.kill()
            neighbour.wait()


@pytest.mark.parametrize("channel", ["control", "shell"])
@pytest.mark.parametrize("restart", [True, False])
def test_the_last_words_are_sent_even_by_a_thread_that_hardly_runs(channel, restart):
    for _ in range(4):
        kernel = Kernel()
        with Client(kernel) as client, starved(kernel):
            request = client.send("shutdown_request", {"restart": restart}, channel)
            assert client.reply(request, channel), "no reply"
            assert "shutdown_reply" in [output["type"] for output in client.outputs(request)]
            assert kernel.wait_for_exit() == 0
        kernel.kill()


def test_shutdown_during_a_cell_ends_it(kernel, client):
    cell = client.send("execute_request", {"code": "pause 60"})
    client.wait_for_busy(cell)
    queued = client.send("execute_request", {"code": "print later"})
    request = client.send("shutdown_request", {"restart": False}, "control")
    assert client.reply(request, "control")["content"]["status"] == "ok"
    assert client.reply(cell)["content"]["ename"] == "interrupted"
    assert kernel.wait_for_exit() == 0
    answer = client.reply(queued, timeout=0.5)
    assert answer is None or answer["content"]["status"] == "aborted"


def test_shutdown_while_a_question_is_open(kernel, client):
    cell = client.send("execute_request", {"code": "pause", "allow_stdin": True})
    client.wait_for_busy(cell)
    assert client.receive("stdin")["type"] == "input_request"
    client.ask("shutdown_request", {"restart": False}, "control")
    assert kernel.wait_for_exit() == 0


def test_shutdown_twice(kernel, client):
    for _ in range(5):
        client.send("shutdown_request", {"restart": False}, "control")
    assert kernel.wait_for_exit() == 0


def test_shutdown_before_subscribers_that_never_read(kernel, client):
    context = zmq.Context()
    mute = context.socket(zmq.SUB)
    mute.linger, mute.rcvhwm = 0, 1
    mute.setsockopt(zmq.SUBSCRIBE, b"")
    mute.connect(kernel.endpoint("iopub"))
    for _ in range(20):
        client.execute("print " + "x" * (1 << 20))
    client.ask("shutdown_request", {"restart": False}, "control")
    assert kernel.wait_for_exit() == 0
    context.destroy(linger=0)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("code", [None, "pause 60"])
def test_signals_end_the_kernel(kernel, client, number, code):
    if code:
        client.wait_for_busy(client.send("execute_request", {"code": code}))
    kernel.signal(number)
    assert kernel.wait_for_exit() == 0


PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.argv[1], "kernel", "-f", sys.argv[2]])
print(child.pid, flush=True)
time.sleep(600)
"""


def is_running(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize("code", [None, "pause 60"])
def test_a_kernel_whose_parent_is_killed_leaves(tmp_path, code):
    path = tmp_path / "connection.json"
    info = connection_info()
    path.write_text(json.dumps(info))
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(BINARY), str(path)], stdout=subprocess.PIPE, text=True,
        env={**os.environ, "JPY_PARENT_PID": "1"})
    pid = int(parent.stdout.readline())
    kernel = Kernel.__new__(Kernel)
    kernel.info = info
    with Client(kernel) as client:
        client.ask("kernel_info_request")
        if code:
            client.wait_for_busy(client.send("execute_request", {"code": code}))
        assert is_running(pid)
        parent.kill()
        parent.wait()
        assert eventually(lambda: not is_running(pid)), "the kernel outlives its parent"


def test_output_before_the_end_is_not_lost(kernel, client):
    lines = "\n".join(f"print line {number}" for number in range(5000))
    request = client.send("execute_request", {"code": lines})
    client.wait_for_busy(request)
    client.reply(request)
    client.send("shutdown_request", {"restart": False}, "control")
    text = "".join(output["content"]["text"] for output in client.outputs(request) if output["type"] == "stream")
    assert text == "".join(f"line {number}\n" for number in range(5000))
    assert kernel.wait_for_exit() == 0


@pytest.mark.skipif("CAMKERNEL_TEST_SLACK_MB" in os.environ, reason="a sanitizer keeps freed memory")
def test_ten_thousand_cells_do_not_grow_the_kernel(kernel, client):
    client.execute("print warm", store_history=False)

    def run(count):
        for _ in range(count // 100):
            requests = [client.send("execute_request", {"code": "print x", "store_history": False}) for _ in range(100)]
            for request in requests:
                assert client.reply(request)["content"]["status"] == "ok"
            client.outputs(requests[-1])

    run(5000)
    before = kernel.resident()
    run(5000)
    assert kernel.resident() - before < 1 << 20


@pytest.mark.skipif("CAMKERNEL_TEST_SLACK_MB" in os.environ, reason="a sanitizer needs all addresses")
def test_what_does_not_fit_in_memory_is_a_mistake_in_its_cell(kernel, client):
    """Half a gigabyte of addresses more than it has: large networks, heads and batches are refused, the session goes on."""
    pages = int(open(f"/proc/{kernel.pid}/statm", encoding="ascii").read().split()[0])
    limit = pages * os.sysconf("SC_PAGE_SIZE") + (512 << 20)
    resource.prlimit(kernel.pid, resource.RLIMIT_AS, (limit, limit))
    for code in ("model resnet18 random=1 size=8192", "model resnet18 random=1 classes=1000000", "model vgg16 random=1"):
        reply, _ = client.execute(code)
        assert (reply["status"], reply["ename"]) == ("error", "no-memory"), reply
        assert "needs about" in reply["evalue"]
    reply, _ = client.execute("model resnet9-cifar random=1")
    assert reply["status"] == "ok"
