"""A kernel process and a client that can say anything, also what no client should."""

import datetime
import hashlib
import hmac
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import tempfile
import time
import uuid

import zmq

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("CAMKERNEL_BINARY", REPOSITORY / ".build/release/camkernel"))
CHANNELS = ("shell", "control", "iopub", "stdin", "hb")
DELIMITER = b"<IDS|MSG>"
IS_SANITIZED = os.environ.get("CAMKERNEL_SANITIZED") == "1"
# Under a sanitizer everything takes many times as long.
PATIENCE = 150.0 if IS_SANITIZED else 30.0


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def connection_info(transport="tcp", **changes):
    ports = free_ports(5) if transport == "tcp" else range(1, 6)
    address = "127.0.0.1" if transport == "tcp" else f"{tempfile.mkdtemp()}/kernel"
    info = {"transport": transport, "ip": address, "key": uuid.uuid4().hex, "signature_scheme": "hmac-sha256"}
    info.update({f"{channel}_port": port for channel, port in zip(CHANNELS, ports)})
    info.update(changes)
    return info


class Kernel:
    """The built kernel, started on a fresh connection file; `addresses` limits its memory to so many bytes of them."""

    def __init__(self, info=None, binary=BINARY, addresses=None, **environment):
        self.info = info or connection_info()
        self.folder = tempfile.mkdtemp()
        self.path = os.path.join(self.folder, "connection.json")
        pathlib.Path(self.path).write_text(json.dumps(self.info))
        self.errors = open(os.path.join(self.folder, "stderr"), "w+b")
        self.process = subprocess.Popen(
            [str(binary), "kernel", "-f", self.path], stdin=subprocess.DEVNULL, stdout=self.errors,
            stderr=self.errors, env={**os.environ, **environment}, cwd=self.folder,
            preexec_fn=addresses and (lambda: resource.setrlimit(resource.RLIMIT_AS, (addresses, addresses))))

    @property
    def pid(self):
        return self.process.pid

    def endpoint(self, channel):
        separator = ":" if self.info["transport"] == "tcp" else "-"
        return f"{self.info['transport']}://{self.info['ip']}{separator}{self.info[channel + '_port']}"

    def said(self):
        self.errors.flush()
        self.errors.seek(0)
        return self.errors.read().decode(errors="replace")

    def resident(self):
        """Resident memory in bytes."""
        with open(f"/proc/{self.pid}/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def connections(self):
        """The connections of the machine to the kernel's ports, as the system writes them: channel, peer, state."""
        lines = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text().splitlines()[1:]]
        channels = {f"{self.info[channel + '_port']:04X}": channel for channel in CHANNELS}
        return [(channels[line[1][-4:]], line[2], line[3]) for line in lines if line[1][-4:] in channels]

    def threads(self):
        return len(os.listdir(f"/proc/{self.pid}/task"))

    def is_alive(self):
        return self.process.poll() is None

    def wait_for_exit(self, timeout=PATIENCE):
        return self.process.wait(timeout)

    def signal(self, number):
        os.kill(self.pid, number)

    def kill(self):
        if self.is_alive():
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.errors.close()


class Client:
    """Speaks the protocol by hand: signs as it likes, sends what it likes."""

    def __init__(self, kernel, identity=None, subscribe=True):
        self.kernel = kernel
        self.key = kernel.info["key"].encode()
        self.session = uuid.uuid4().hex
        self.identity = identity or uuid.uuid4().hex.encode()
        self.context = zmq.Context()
        self.sockets = {}
        self.is_subscribed = False
        for channel, kind in zip(CHANNELS, (zmq.DEALER, zmq.DEALER, zmq.SUB, zmq.DEALER, zmq.REQ)):
            each = self.context.socket(kind)
            each.linger = 0
            each.setsockopt(zmq.RECONNECT_IVL, 5)
            if kind == zmq.DEALER:
                each.setsockopt(zmq.IDENTITY, self.identity)
            if channel != "iopub":
                each.connect(kernel.endpoint(channel))
            self.sockets[channel] = each
        if subscribe:
            self.subscribe()
            self.wait_for_welcome()

    def subscribe(self):
        self.sockets["iopub"].setsockopt(zmq.SUBSCRIBE, b"")
        self.sockets["iopub"].connect(self.kernel.endpoint("iopub"))
        self.is_subscribed = True

    def wait_for_welcome(self):
        # Publications for others may come before it.
        while (message := self.receive("iopub")) and message["type"] != "iopub_welcome":
            pass
        assert message, "no welcome"

    def close(self):
        self.context.destroy(linger=0)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    # Sending.

    def header(self, kind, **changes):
        header = {
            "msg_id": uuid.uuid4().hex, "msg_type": kind, "session": self.session, "username": "test", "version": "5.4",
            "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")}
        header.update(changes)
        return header

    def sign(self, parts):
        return hmac.new(self.key, b"".join(parts), hashlib.sha256).hexdigest().encode()

    def frames(self, kind, content=None, header=None, parts=None, buffers=()):
        """The frames of a message; `parts` replaces some of the four JSON parts by raw bytes, before signing."""
        blobs = [json.dumps(header or self.header(kind)).encode(), b"{}", b"{}", json.dumps(content or {}).encode()]
        for index, blob in (parts or {}).items():
            blobs[index] = blob
        return [DELIMITER, self.sign(blobs), *blobs, *buffers]

    def send_frames(self, frames, channel="shell"):
        self.sockets[channel].send_multipart(frames)

    def send(self, kind, content=None, channel="shell", **options):
        """Sends a request and gives its message id."""
        header = options.pop("header", None) or self.header(kind)
        self.send_frames(self.frames(kind, content, header, **options), channel)
        return header.get("msg_id")

    # Receiving.

    def receive(self, channel="shell", timeout=PATIENCE):
        """The next message, its signature checked; None where none comes in time."""
        if not self.sockets[channel].poll(timeout * 1000):
            return None
        frames = self.sockets[channel].recv_multipart()
        place = frames.index(DELIMITER)
        signature, *blobs = frames[place + 1:place + 6]
        assert signature == (self.sign(blobs) if self.key else b""), "the kernel signed wrongly"
        header, parent, metadata, content = map(json.loads, blobs)
        return {
            "type": header["msg_type"], "parent": parent.get("msg_id"), "content": content, "metadata": metadata,
            "identities": frames[:place], "header": header, "buffers": frames[place + 6:]}

    def reply(self, request, channel="shell", timeout=PATIENCE):
        """The reply to a request; those to others are passed over."""
        deadline = time.monotonic() + timeout
        while (message := self.receive(channel, max(0, deadline - time.monotonic()))) is not None:
            if message["parent"] == request:
                return message
        return None

    def outputs(self, request, timeout=PATIENCE):
        """What was published for a request before it was idle."""
        messages = []
        deadline = time.monotonic() + timeout
        while True:
            message = self.receive("iopub", max(0, deadline - time.monotonic()))
            assert message is not None, f"no idle for {request}; so far {[m['type'] for m in messages][-5:]}"
            if message["parent"] != request:
                continue
            if message["content"].get("execution_state") == "idle":
                return messages
            messages.append(message)

    def ask(self, kind, content=None, channel="shell", timeout=PATIENCE, **options):
        return self.reply(self.send(kind, content, channel, **options), channel, timeout)

    def execute(self, code, timeout=PATIENCE, **options):
        """Runs a cell; gives its reply's content and its publications."""
        request = self.send("execute_request", {"code": code, "store_history": True, **options})
        reply = self.reply(request, timeout=timeout)
        assert reply is not None, f"no reply to {code!r}"
        return reply["content"], self.outputs(request, timeout) if self.is_subscribed else []

    def wait_for_busy(self, request):
        while True:
            message = self.receive("iopub")
            assert message is not None, "never busy"
            if message["parent"] == request and message["content"].get("execution_state") == "busy":
                return

    def is_quiet(self, channel="shell", seconds=0.15):
        return self.receive(channel, seconds) is None


def assert_answers(kernel):
    """The kernel serves a new client on all channels."""
    assert kernel.is_alive(), f"the kernel died with {kernel.process.returncode}: {kernel.said()[-2000:]}"
    with Client(kernel) as client:
        for channel in ("shell", "control"):
            reply = client.ask("kernel_info_request", channel=channel)
            assert reply and reply["content"]["status"] == "ok", f"no kernel_info_reply on {channel}: {kernel.said()[-2000:]}"
        content, outputs = client.execute("print alive")
        assert content["status"] == "ok", content
        assert "alive\n" in [output["content"].get("text") for output in outputs]
        client.sockets["hb"].send(b"ping")
        assert client.sockets["hb"].poll(PATIENCE * 1000) and client.sockets["hb"].recv() == b"ping"


def eventually(condition, timeout=PATIENCE):
    """Waits for a condition; gives its last value."""
    deadline = time.monotonic() + timeout
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.02)
    return value
