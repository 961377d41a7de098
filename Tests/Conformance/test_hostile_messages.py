"""Messages that no client should send. After each the kernel still answers, and what it did not trust got no reply."""

import json

import pytest

from wire import DELIMITER, Client

REQUEST = "kernel_info_request"
HEADER, PARENT, METADATA, CONTENT = range(4)


def assert_ignored(client, channel="shell"):
    """The first thing that comes back is the reply to a request made now: what was sent before got none."""
    request = client.send(REQUEST, channel=channel)
    reply = client.receive(channel)
    assert reply["parent"] == request and reply["content"]["status"] == "ok"


def with_signature(change):
    return lambda frames: [frames[0], change(frames[1]), *frames[2:]]


UNTRUSTED = {
    "empty signature": with_signature(lambda good: b""),
    "short signature": with_signature(lambda good: good[:-1]),
    "one character": with_signature(lambda good: good[:1]),
    "long signature": with_signature(lambda good: good + b"0"),
    "megabyte of signature": with_signature(lambda good: good * 16384),
    "wrong last digit": with_signature(lambda good: good[:-1] + (b"0" if good[-1:] != b"0" else b"1")),
    "zeros": with_signature(lambda good: b"0" * 64),
    "not ASCII": with_signature(lambda good: "é".encode() * 32),
    "not UTF-8": with_signature(lambda good: bytes(range(192, 256))),
    "null bytes": with_signature(lambda good: b"\0" * 64),
    "no hexadecimal": with_signature(lambda good: b"z" * 64),
    "raw digest": with_signature(lambda good: bytes.fromhex(good.decode())),
    "upper case": with_signature(lambda good: good.upper() if good != good.upper() else b"A" * 64),
    "tampered header": lambda frames: [*frames[:2], frames[2].replace(b"test", b"root"), *frames[3:]],
    "tampered parent": lambda frames: [*frames[:3], b'{"a":1}', *frames[4:]],
    "tampered metadata": lambda frames: [*frames[:4], b'{"a":1}', *frames[5:]],
    "tampered content": lambda frames: [*frames[:5], b'{"code":"help"}', *frames[6:]],
    "exchanged parts": lambda frames: [*frames[:2], frames[5], frames[3], frames[4], frames[2]],
    "two delimiters": lambda frames: [DELIMITER, *frames],
    "no delimiter": lambda frames: frames[1:],
    "delimiter only": lambda frames: frames[:1],
    "no header": lambda frames: frames[:2],
    "header only": lambda frames: frames[:3],
    "no metadata": lambda frames: frames[:4],
    "no content": lambda frames: frames[:5],
    "one empty frame": lambda frames: [b""],
    "many empty frames": lambda frames: [b""] * 500,
    "ten thousand frames": lambda frames: [b"x"] * 10_000,
    "ten thousand delimiters": lambda frames: [DELIMITER] * 10_000,
    "ten thousand buffers": lambda frames: [*frames, *[b"x"] * 10_000],
    "ten thousand identities": lambda frames: [b"x"] * 10_000 + frames,
}


@pytest.mark.parametrize("channel", ["shell", "control", "stdin"])
@pytest.mark.parametrize("name", UNTRUSTED)
def test_untrusted_messages_get_no_reply(attacker, name, channel):
    for _ in range(3):
        attacker.send_frames(UNTRUSTED[name](attacker.frames(REQUEST)), channel)
    if channel == "stdin":
        assert attacker.is_quiet("stdin")
    else:
        assert_ignored(attacker, channel)


def test_unsigned_cells_are_not_run(attacker):
    frames = attacker.frames("execute_request", {"code": "print secret"})
    for signature in (b"", b"0" * 64):
        attacker.send_frames([frames[0], signature, *frames[2:]])
    request = attacker.send(REQUEST)
    attacker.reply(request)
    texts = [message["content"].get("text") for message in attacker.outputs(request)]
    assert "secret\n" not in texts


@pytest.mark.parametrize("first, second", [("shell", "shell"), ("control", "control"), ("shell", "control")])
def test_a_message_is_served_once(attacker, first, second):
    frames = attacker.frames(REQUEST)
    attacker.send_frames(frames, first)
    assert attacker.receive(first)["type"] == "kernel_info_reply"
    for _ in range(3):
        attacker.send_frames(frames, second)
    assert_ignored(attacker, second)


def test_another_client_cannot_replay_a_cell(attacker, unharmed):
    frames = attacker.frames("execute_request", {"code": "print once"})
    attacker.send_frames(frames)
    assert attacker.receive()["content"]["status"] == "ok"
    with Client(unharmed) as other:
        other.send_frames(frames)
        assert_ignored(other)


MALFORMED_HEADERS = {
    "empty": b"", "broken": b'{"msg_id": "1", ', "a list": b"[]", "a number": b"1", "null": b"null", "text": b'"kernel_info_request"',
    "not UTF-8": b'{"msg_id":"\xff\xfe","msg_type":"kernel_info_request"}', "null bytes": b"\0" * 100,
    "without id": b'{"msg_type":"kernel_info_request"}', "without type": b'{"msg_id":"1"}', "empty object": b"{}",
    "type is a number": b'{"msg_id":"1","msg_type":1}', "id is a list": b'{"msg_id":[],"msg_type":"kernel_info_request"}',
    "a million brackets": b"[" * 1_000_000,
    "a million braces": b'{"a":' * 1_000_000,
    "ten megabytes": b'{"msg_id":"1","msg_type":"kernel_info_request","a":"' + b"x" * 10_000_000 + b'"}',
    "NaN": b'{"msg_id":"1","msg_type":"kernel_info_request","a":NaN}',
    "giant number": b'{"msg_id":"1","msg_type":"kernel_info_request","a":1e999}',
    "trailing comma": b'{"msg_id":"1","msg_type":"kernel_info_request",}',
    "UTF-16": '{"msg_id":"1"}'.encode("utf-16"),
}


@pytest.mark.parametrize("channel", ["shell", "control"])
@pytest.mark.parametrize("name", MALFORMED_HEADERS)
def test_signed_messages_with_a_malformed_header_are_ignored(attacker, name, channel):
    attacker.send_frames(attacker.frames(REQUEST, parts={HEADER: MALFORMED_HEADERS[name]}), channel)
    assert_ignored(attacker, channel)


@pytest.mark.parametrize("value", [None, 1, [], {}, "", "x" * 10_000, "2026", "\U0001f600"])
@pytest.mark.parametrize("field", ["date", "session", "username", "version", "subshell_id", "unknown"])
def test_other_fields_of_the_header_may_be_anything(attacker, field, value):
    request = attacker.send(REQUEST, header=attacker.header(REQUEST, **{field: value}))
    assert attacker.reply(request)["content"]["status"] == "ok"


MALFORMED_CONTENTS = {
    "empty": b"", "broken": b'{"code": "', "a list": b"[]", "a number": b"1", "null": b"null", "not UTF-8": b'{"code":"\xc3"}',
    "null byte": b"\0", "a million brackets": b'{"code":' + b"[" * 1_000_000,
    "a million closed brackets": b'{"code":' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}",
    "fifty megabytes broken": b'{"code":"' + b"x" * 50_000_000,
    "control characters": b'{"code":"\x01"}', "half an escape": b'{"code":"\\u12"}', "two documents": b'{"code":"a"}{}',
}


@pytest.mark.parametrize("name", MALFORMED_CONTENTS)
def test_a_malformed_content_is_answered_with_an_error(attacker, name):
    request = attacker.send("execute_request", parts={CONTENT: MALFORMED_CONTENTS[name]})
    content = attacker.reply(request)["content"]
    assert content["status"] == "error" and content["ename"] == "invalid-request", content
    assert "content" in content["evalue"]


@pytest.mark.parametrize("part", [PARENT, METADATA])
@pytest.mark.parametrize("blob", [b"", b"{", b"[" * 1_000_000, b"\xff\xff", b"1", b"null"])
def test_parts_that_the_kernel_does_not_read_may_be_anything(attacker, part, blob):
    request = attacker.send(REQUEST, parts={part: blob})
    assert attacker.reply(request)["content"]["status"] == "ok"


def test_fifty_megabytes_of_code_are_a_mistake_like_another(attacker):
    content, _ = attacker.execute("x" * 50_000_000)
    assert (content["status"], content["ename"]) == ("error", "cell-too-long")
    assert len(json.dumps(content)) < 2000
    history = attacker.ask("history_request", {"hist_access_type": "tail", "n": 1})
    assert len(history["content"]["history"][0][2]) < 2_000_000, "the history keeps all of it"


def test_a_mistake_quotes_the_ends_of_a_giant_word_only(attacker):
    content, _ = attacker.execute("x" * 1_000_000)
    assert (content["status"], content["ename"]) == ("error", "unknown-verb")
    assert len(json.dumps(content)) < 4000


@pytest.mark.parametrize("code", [
    "\0", "print \0", "\x7f\x80", "\u202e", "\ufeff", "print '\U0010ffff'", "'" * 10_000, "\\" * 10_000, "\n" * 100_000, "(" * 100_000,
    "print " + "a" * 1_000_000, "a=" * 50_000, "?" * 10_000, "as " * 10_000, "; " * 10_000, "# " + "\u00e9" * 100_000, "print a, " * 20_000])
def test_odd_code_is_run_or_refused(attacker, code):
    content, _ = attacker.execute(code)
    assert content["status"] in ("ok", "error")


def test_half_an_emoji_is_taken(attacker):
    request = attacker.send("execute_request", parts={CONTENT: b'{"code":"print \\"\\ud83d\\""}'})
    assert attacker.reply(request)["content"]["status"] == "ok"


WRONG_VALUES = [None, True, 5, -1, 1.5, 2**62, 2**63, 2**70, -2**70, "x", "", [], [1], {}, {"a": 1}, {"a": {"b": []}}]
FIELDS = {
    "execute": {"code": "print 1", "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False, "stop_on_error": True},
    "complete": {"code": "pri", "cursor_pos": 3},
    "inspect": {"code": "print", "cursor_pos": 3, "detail_level": 0},
    "is_complete": {"code": "print"},
    "history": {
        "hist_access_type": "tail", "n": 1, "output": False, "raw": True, "session": 0, "start": 0, "stop": 1, "pattern": "*", "unique": False},
    "comm_info": {"target_name": "x"},
}


@pytest.mark.parametrize("request_name, field", [(name, field) for name, fields in FIELDS.items() for field in fields])
def test_every_field_may_have_any_value(attacker, request_name, field):
    for access in ("tail", "range", "search") if request_name == "history" else ("",):
        for value in [*WRONG_VALUES, ...]:
            content = {**FIELDS[request_name], **({"hist_access_type": access} if access else {})}
            if value is ...:
                del content[field]
            else:
                content[field] = value
            reply = attacker.ask(f"{request_name}_request", content)
            assert reply["type"] == f"{request_name}_reply", (field, value)
            assert reply["content"]["status"] in ("ok", "error", "complete", "incomplete", "invalid", "aborted"), (field, value)


@pytest.mark.parametrize("kind", ["comm_open", "comm_msg", "comm_close", "input_reply", "display_data", "status"])
def test_notices_with_any_content_are_survived(attacker, kind):
    for channel in ("shell", "control", "stdin"):
        for field in ("comm_id", "target_name", "data", "value"):
            for value in WRONG_VALUES:
                attacker.send(kind, {"comm_id": "1", "target_name": "jupyter.widget", "data": {}, field: value}, channel)
    assert attacker.ask(REQUEST)["content"]["status"] == "ok"


@pytest.mark.parametrize("cursor", [-1, -(2**63), -(2**70), 3, 4, 10**9, 2**31, 2**63 - 1, 2**63, 2**64, 2**70, 1e300])
@pytest.mark.parametrize("kind", ["complete", "inspect"])
def test_a_cursor_outside_the_code_is_answered(attacker, kind, cursor):
    content = attacker.ask(f"{kind}_request", {"code": "a\U0001f600b", "cursor_pos": cursor})["content"]
    if kind == "complete" and content["status"] == "ok":
        assert 0 <= content["cursor_start"] <= content["cursor_end"] <= 3


@pytest.mark.parametrize("kind", [
    "", " ", "nonsense_request", "execute", "EXECUTE_REQUEST", "execute_request\0", "execute_reply", "kernel_info_reply", "status", "__init__",
    "x" * 10_000, "\U0001f600", "../../etc/passwd", "%s%n"])
def test_unknown_types_are_not_answered(attacker, kind):
    for channel in ("shell", "control"):
        attacker.send(kind, channel=channel)
        assert_ignored(attacker, channel)


@pytest.mark.parametrize("kind", ["execute", "complete", "inspect", "is_complete", "history", "comm_info"])
def test_shell_requests_on_control_are_refused(attacker, kind):
    reply = attacker.ask(f"{kind}_request", FIELDS[kind], channel="control")
    assert reply["type"] == f"{kind}_reply" and reply["content"]["ename"] == "wrong-channel"


@pytest.mark.parametrize("kind", ["interrupt", "usage"])
def test_control_requests_on_shell_are_refused(attacker, kind):
    assert attacker.ask(f"{kind}_request")["content"]["ename"] == "wrong-channel"


def test_requests_on_stdin_are_not_served(attacker):
    for kind in ("execute_request", "kernel_info_request", "shutdown_request", "interrupt_request"):
        attacker.send(kind, {"code": "print 1", "restart": False}, channel="stdin")
    assert attacker.is_quiet("stdin")


def test_identities_are_returned_as_they_came(attacker):
    identities = [b"", b"\0\xff", b"a" * 1000, DELIMITER[:-1], b"b"] * 20
    attacker.send_frames(identities + attacker.frames(REQUEST))
    assert attacker.receive()["identities"] == identities


def test_buffers_are_taken(attacker):
    attacker.send_frames(attacker.frames(REQUEST, buffers=[b"", b"x" * 5_000_000, DELIMITER, b"\0"]))
    assert attacker.receive()["content"]["status"] == "ok"


def test_the_parent_header_is_the_header_as_it_came(attacker):
    header = attacker.header(REQUEST, extra={"deep": [1, 2.50, "\u00e9", None]}, date="never")
    attacker.send(REQUEST, header=header)
    frames = attacker.sockets["shell"].recv_multipart()
    assert frames[frames.index(DELIMITER) + 3] == json.dumps(header).encode()
