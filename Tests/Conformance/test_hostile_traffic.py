"""Floods, clients that do not read, broken connections, interrupt storms. After each the kernel is as before."""

import contextlib
import random
import signal
import socket
import struct
import threading
import time

import pytest
import zmq

from conftest import MEGABYTE
from wire import CHANNELS, Client, assert_answers, eventually

REQUEST = "kernel_info_request"


def collect(client, count, channel="shell"):
    """Takes `count` replies and gives the ids that they answer."""
    answered = []
    while len(answered) < count:
        message = client.receive(channel)
        assert message is not None, f"{len(answered)} of {count} replies came"
        answered.append(message["parent"])
    return answered


@pytest.mark.parametrize("channel", ["shell", "control"])
@pytest.mark.parametrize("kind, content", [
    (REQUEST, {}), ("comm_info_request", {}), ("complete_request", {"code": "p", "cursor_pos": 1})])
def test_ten_thousand_requests_sent_at_once_are_all_answered_in_order(attacker, channel, kind, content):
    sender = attacker.sockets[channel]
    sender.sndhwm = 0
    requests = []

    # Replies are read only after everything was sent, so none may be lost on the way.
    for _ in range(10_000):
        requests.append(attacker.send(kind, content, channel))
    assert collect(attacker, 10_000, channel) == requests


def test_ten_thousand_cells_sent_at_once_are_all_run(attacker):
    requests = [attacker.send("execute_request", {"code": "print x", "store_history": False}) for _ in range(10_000)]
    assert collect(attacker, 10_000) == requests
    outputs = attacker.outputs(requests[-1])
    assert [output["type"] for output in outputs] == ["status", "execute_input", "stream"]


def test_a_flood_of_unsigned_messages_does_not_keep_others_from_being_served(attacker, unharmed):
    stop = threading.Event()

    def flood():
        with Client(unharmed, subscribe=False) as client:
            frames = client.frames(REQUEST)
            while not stop.is_set():
                client.send_frames([frames[0], b"0" * 64, *frames[2:]])

    thread = threading.Thread(target=flood)
    thread.start()
    try:
        for _ in range(100):
            assert attacker.ask(REQUEST)["content"]["status"] == "ok"
    finally:
        stop.set()
        thread.join()
    assert len(unharmed.said()) < 20_000, "the flood fills the server's log"


def test_two_thousand_comms_to_unknown_targets_are_closed(attacker):
    request = None
    for number in range(2000):
        request = attacker.send("comm_open", {"comm_id": str(number), "target_name": "nowhere", "data": {}})
    assert attacker.outputs(request)[-1]["content"]["comm_id"] == "1999"
    assert attacker.ask("comm_info_request")["content"]["comms"] == {}


def test_a_client_that_never_reads_its_replies_costs_bounded_memory(unharmed):
    with Client(unharmed, subscribe=False) as mute, Client(unharmed, subscribe=False) as other:
        sender = mute.sockets["shell"]
        sender.rcvhwm, sender.sndhwm = 1, 10
        before = peak = unharmed.resident()
        for _ in range(100_000):
            # Once the kernel is busy dropping replies it still takes requests.
            assert sender.poll(30_000, zmq.POLLOUT)
            sender.send_multipart(mute.frames("complete_request", {"code": "", "cursor_pos": 0}))
            peak = max(peak, unharmed.resident())
        assert peak - before < 110 * MEGABYTE, f"{(peak - before) / MEGABYTE:.0f} MB"
        for _ in range(20):
            assert other.ask(REQUEST)["content"]["status"] == "ok"


# What a subscriber may cost: the limit of unread output, libzmq's own share of it, and what is on its way.
MOST_UNREAD = 200 * MEGABYTE


@pytest.mark.parametrize("count", [1, 20])
def test_subscribers_that_never_read_neither_block_nor_cost_unbounded_memory(unharmed, count):
    context = zmq.Context()
    mutes = []
    for _ in range(count):
        mute = context.socket(zmq.SUB)
        mute.linger, mute.rcvhwm = 0, 1
        mute.setsockopt(zmq.RCVBUF, 4096)
        mute.setsockopt(zmq.SUBSCRIBE, b"")
        mute.connect(unharmed.endpoint("iopub"))
        mutes.append(mute)
    try:
        with Client(unharmed) as reader:
            peak = 0
            for _ in range(60):
                # A megabyte of text in its message, and as much in its echo as execute_input.
                content, outputs = reader.execute("print " + "x" * MEGABYTE, store_history=False)
                assert content["status"] == "ok"
                assert [output["type"] for output in outputs] == ["status", "execute_input", "stream"]
                peak = max(peak, unharmed.resident())
            assert peak < MOST_UNREAD, f"{peak / MEGABYTE:.0f} MB"
            content, outputs = reader.execute("print done")
            assert "done\n" in [output["content"].get("text") for output in outputs]
    finally:
        context.destroy(linger=0)


def test_a_subscriber_left_out_for_not_reading_is_served_again_once_it_reads(unharmed):
    with Client(unharmed) as sleeper, Client(unharmed) as reader:
        for _ in range(60):
            reader.execute("print " + "x" * MEGABYTE, store_history=False)
        while sleeper.receive("iopub", 1.0) is not None:
            pass
        request = reader.send("execute_request", {"code": "print again"})
        texts = [output["content"].get("text") for output in sleeper.outputs(request)]
        assert "again\n" in texts


@pytest.mark.parametrize("lines, seconds", [(2000, 0), (2000, 3), (20_000, 5)])
def test_a_subscriber_that_pauses_for_seconds_loses_nothing(attacker, lines, seconds):
    requests = []
    for start in range(0, lines, 100):
        code = "\n".join(f"print line {number}" for number in range(start, start + 100))
        requests.append(attacker.send("execute_request", {"code": code, "store_history": False}))
    collect(attacker, len(requests))
    time.sleep(seconds)
    text = "".join(
        output["content"]["text"] for request in requests for output in attacker.outputs(request) if output["type"] == "stream")
    assert text == "".join(f"line {number}\n" for number in range(lines))


def test_two_hundred_clients_come_and_go(unharmed):
    for _ in range(20):
        clients = [Client(unharmed) for _ in range(10)]
        for client in clients:
            client.send(REQUEST)
        for client in clients:
            client.close()


def test_a_client_that_comes_again_with_its_identity_gets_the_replies(attacker, unharmed):
    for _ in range(20):
        with Client(unharmed, identity=b"the same", subscribe=False) as again:
            assert again.ask(REQUEST)["content"]["status"] == "ok"


@pytest.mark.parametrize("kind", [zmq.XSUB, zmq.DEALER, zmq.ROUTER, zmq.REQ, zmq.PUB, zmq.PUSH, zmq.PAIR, zmq.PULL])
def test_sockets_of_any_type_may_connect_to_any_channel(unharmed, kind):
    context = zmq.Context()
    for channel in CHANNELS:
        each = context.socket(kind)
        each.linger = 0
        each.connect(unharmed.endpoint(channel))
        for frames in ([b"\1"], [b"\0"], [b""], [b"\1" + b"x" * 100_000], [b"\2"] * 50, [b"garbage", b"", b"<IDS|MSG>"]):
            with contextlib.suppress(zmq.ZMQError):
                each.send_multipart(frames, zmq.NOBLOCK)
    time.sleep(0.1)
    assert_answers(unharmed)
    context.destroy(linger=0)


# Raw connections.

GREETING = b"\xff" + b"\0" * 8 + b"\x7f" + b"\3\0" + b"NULL" + b"\0" * 16 + b"\0" + b"\0" * 31
RAW = {
    "random": random.Random(7).randbytes(100_000),
    "zeros": b"\0" * 100_000,
    "ones": b"\xff" * 100_000,
    "HTTP": b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" * 100,
    "TLS": bytes.fromhex("16030100c8010000c40303") + b"\1" * 197,
    "old ZMTP": b"\1\0" + b"\x0b\0kernel_info" * 100,
    "half a greeting": GREETING[:20],
    "greeting only": GREETING,
    "unknown mechanism": GREETING.replace(b"NULL", b"EVIL"),
    "future version": GREETING[:10] + b"\x09\x09" + GREETING[12:],
    "giant command": GREETING + b"\6" + struct.pack(">Q", 2**62) + b"\5READY",
    "giant frame": GREETING + b"\4\x1c\5READY\x0bSocket-Type\0\0\0\6DEALER" + b"\2" + struct.pack(">Q", 2**63 - 1) + b"x",
    "frame over the limit": GREETING + b"\4\x1c\5READY\x0bSocket-Type\0\0\0\6DEALER" + b"\2" + struct.pack(">Q", 2**31) + b"x" * 65_536,
    "command with a wild length": GREETING + b"\4\x19\5READY\x0bSocket-Type\xff\xff\xff\xff\6DEALER",
    "message before ready": GREETING + b"\0\5hello" * 1000,
    "endless frame": GREETING + b"\4\x1c\5READY\x0bSocket-Type\0\0\0\6DEALER" + b"\1\1x" * 20_000,
}


def raw(kernel, channel):
    return socket.create_connection(("127.0.0.1", kernel.info[f"{channel}_port"]), timeout=5)


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("name", RAW)
def test_garbage_on_a_port(unharmed, channel, name):
    for _ in range(3):
        with raw(unharmed, channel) as connection, contextlib.suppress(OSError):
            connection.sendall(RAW[name])
            connection.settimeout(0.02)
            connection.recv(1000)


@pytest.mark.parametrize("channel", CHANNELS)
def test_connections_reset_at_any_moment(unharmed, channel):
    for length in range(0, 100, 5):
        with raw(unharmed, channel) as connection:
            connection.sendall((GREETING + b"\4\x19\5READY")[:length])
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


SUBSCRIBER = GREETING + b"\4\x19\5READY\x0bSocket-Type\0\0\0\3SUB"
CROWD = {
    "HTTP": RAW["HTTP"],
    "half a greeting": GREETING[:20],
    "subscribes and leaves": SUBSCRIBER + b"\0\1\1",
    "subscribes and unsubscribes": SUBSCRIBER + b"\0\1\1\0\1\0" * 50,
    "unsubscribes": SUBSCRIBER + b"\0\1\0" * 50,
    "talks": SUBSCRIBER + b"\0\4talk" * 50,
    "promises more and leaves": SUBSCRIBER + b"\1\4more",
    "talks and subscribes": SUBSCRIBER + b"\0\4talk\1\4more\0\1\1" * 5,
}


def test_subscribers_in_a_crowd_of_garbage_are_all_served_and_hear_everything_once(unharmed):
    stop = threading.Event()

    def crowd(words):
        while not stop.is_set():
            with contextlib.suppress(OSError), raw(unharmed, "iopub") as connection:
                connection.sendall(words)
                connection.settimeout(0.002)
                connection.recv(64)

    threads = [threading.Thread(target=crowd, args=(words,)) for words in CROWD.values()]
    for thread in threads:
        thread.start()
    try:
        with Client(unharmed) as steady:
            for turn in range(10):
                # While much is said, newcomers wait for their turn and become many.
                busy = [steady.send("execute_request", {"code": "print " + "x" * 100_000}) for _ in range(10)]
                guests = [Client(unharmed, subscribe=False) for _ in range(4)]
                for guest in guests:
                    guest.subscribe()
                for guest in guests:
                    guest.wait_for_welcome()
                request = steady.send("execute_request", {"code": f"print turn {turn}"})
                for listener in (steady, *guests):
                    texts = [output["content"].get("text") for output in listener.outputs(request)]
                    assert texts.count(f"turn {turn}\n") == 1, texts
                    listener.close() if listener is not steady else collect(steady, len(busy) + 1)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_half_open_connections(unharmed):
    connections = [raw(unharmed, channel) for channel in CHANNELS for _ in range(40)]
    for connection in connections[::2]:
        connection.sendall(GREETING[:11])
    assert_answers(unharmed)
    for connection in connections:
        connection.close()


def test_five_hundred_dropped_connections(unharmed):
    for index in range(500):
        raw(unharmed, CHANNELS[index % 5]).close()


def test_a_greeting_one_byte_at_a_time(unharmed):
    with raw(unharmed, "shell") as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in GREETING:
            connection.sendall(bytes([byte]))
        assert_answers(unharmed)


# Interrupts.

def test_interrupts_of_an_idle_kernel_are_answered_and_harmless(attacker):
    for _ in range(500):
        attacker.send("interrupt_request", channel="control")
    collect(attacker, 500, "control")
    assert attacker.execute("print fine")[0]["status"] == "ok"


def test_an_interrupt_storm_ends_the_cell_and_only_it(attacker):
    for _ in range(5):
        request = attacker.send("execute_request", {"code": "pause 30"})
        attacker.wait_for_busy(request)
        interrupts = [attacker.send("interrupt_request", channel="control") for _ in range(200)]
        assert attacker.reply(request)["content"]["status"] == "error"
        assert collect(attacker, 200, "control") == interrupts
        assert attacker.execute("print fine")[0]["status"] == "ok"


def test_signals_interrupt_as_messages_do(attacker, unharmed):
    for _ in range(50):
        unharmed.signal(signal.SIGINT)
    assert attacker.execute("print fine")[0]["status"] == "ok"
    for _ in range(5):
        request = attacker.send("execute_request", {"code": "pause 30"})
        attacker.wait_for_busy(request)
        for _ in range(20):
            unharmed.signal(signal.SIGINT)
        assert attacker.reply(request)["content"]["status"] == "error"
        eventually(lambda: attacker.execute("print fine")[0]["status"] == "ok")


def test_an_interrupt_aborts_the_queue_behind_the_cell(attacker):
    first, *queued = [attacker.send("execute_request", {"code": code}) for code in ("pause 30", "print a", "print b")]
    attacker.wait_for_busy(first)
    attacker.send("interrupt_request", channel="control")
    assert attacker.reply(first)["content"]["ename"] == "interrupted"
    assert [attacker.reply(request)["content"]["status"] for request in queued] == ["aborted", "aborted"]
    assert attacker.execute("print fine")[0]["status"] == "ok"


def test_control_is_answered_while_a_cell_runs(attacker):
    request = attacker.send("execute_request", {"code": "pause 30"})
    attacker.wait_for_busy(request)
    for kind in (REQUEST, "usage_request") * 20:
        assert attacker.ask(kind, channel="control")["content"]["status"] == "ok"
    attacker.send("interrupt_request", channel="control")
    assert attacker.reply(request)["content"]["ename"] == "interrupted"


# Input.

def test_wrong_answers_to_a_question_are_ignored(attacker, unharmed):
    for _ in range(10):
        attacker.send("input_reply", {"value": "too early"}, channel="stdin")
    request = attacker.send("execute_request", {"code": "pause", "allow_stdin": True})
    assert attacker.receive("stdin")["type"] == "input_request"
    with Client(unharmed) as intruder:
        intruder.send("input_reply", {"value": "not mine"}, channel="stdin")
        attacker.send("nonsense", {"value": "x"}, channel="stdin")
        frames = attacker.frames("input_reply", {"value": "forged"})
        attacker.send_frames([frames[0], b"0" * 64, *frames[2:]], "stdin")
        assert attacker.receive("shell", 0.3) is None
    attacker.send("input_reply", {"value": ""}, channel="stdin")
    assert attacker.reply(request)["content"]["status"] == "ok"


def test_an_answer_of_the_wrong_kind_is_a_mistake(attacker):
    request = attacker.send("execute_request", {"code": "pause", "allow_stdin": True})
    assert attacker.receive("stdin")["type"] == "input_request"
    attacker.send("input_reply", {"value": 5}, channel="stdin")
    assert attacker.reply(request)["content"]["status"] == "error"


def test_a_client_that_leaves_a_question_open_can_be_interrupted(unharmed):
    with Client(unharmed) as asked:
        request = asked.send("execute_request", {"code": "pause", "allow_stdin": True})
        asked.wait_for_busy(request)
        assert asked.receive("stdin")["type"] == "input_request"
    with Client(unharmed) as other:
        other.ask("interrupt_request", channel="control")
        assert other.execute("print fine")[0]["status"] == "ok"
