"""Our kernel and ipykernel side by side: start, round trips, throughput, memory.

Both are driven by the same hand-written client, one after the other within each round, so that what else the machine
does falls on both. Times are medians over rounds (p99 over all samples); memory is resident memory of the process.

    python Benchmarks/bench_kernel.py [--rounds 5] [--binary .build/release/camkernel]
"""

import argparse
import json
import pathlib
import statistics
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Tests/Conformance"))
import wire  # noqa: E402


class IPyKernel(wire.Kernel):
    """ipykernel behind the same interface."""

    def __init__(self, binary):
        super().__init__(binary=pathlib.Path(__file__).resolve().parent / "ipykernel_launcher.sh")


def ours(binary):
    return wire.Kernel(binary=binary)


SUBJECTS = {
    "camkernel": {"start": ours, "code": "print x", "complete": ("pri", 3), "inspect": ("print", 3)},
    "ipykernel": {"start": IPyKernel, "code": "print('x')", "complete": ("prin", 4), "inspect": ("print", 3)},
}


def start(subject, binary):
    """A running kernel and client, seconds to the first kernel_info reply and to the first result."""
    begin = time.perf_counter()
    kernel = SUBJECTS[subject]["start"](binary)
    client = wire.Client(kernel, subscribe=False)
    client.ask("kernel_info_request")
    information = time.perf_counter() - begin
    assert client.ask("execute_request", {"code": SUBJECTS[subject]["code"]})["content"]["status"] == "ok"
    return kernel, client, information, time.perf_counter() - begin


def timed(client, count, kind, content):
    """Seconds of each of `count` requests, sent one after the other's reply.

    The client writes and signs before the clock starts, and reads the reply after it stopped: what is timed is the way to
    the kernel, its work and the way back.
    """
    samples = []
    shell = client.sockets["shell"]
    for _ in range(count):
        header = client.header(kind)
        frames = client.frames(kind, content, header)
        begin = time.perf_counter()
        shell.send_multipart(frames)
        reply = shell.recv_multipart()
        samples.append(time.perf_counter() - begin)
        _, _, parent, _, body = reply[reply.index(wire.DELIMITER) + 1:][:5]
        assert json.loads(parent)["msg_id"] == header["msg_id"] and json.loads(body)["status"] == "ok"
    return samples


def pipelined(client, code, count):
    """Executed cells per second, all sent at once."""
    frames = [client.frames("execute_request", {"code": code, "store_history": False}) for _ in range(count)]
    begin = time.perf_counter()
    for each in frames:
        client.send_frames(each)
    for _ in range(count):
        assert client.sockets["shell"].poll(60_000)
        client.sockets["shell"].recv_multipart()
    return count / (time.perf_counter() - begin)


def measure(subject, binary, cells):
    """One round: every figure once (or as samples)."""
    kernel, first, information, result = start(subject, binary)
    first.close()
    try:
        with wire.Client(kernel, subscribe=False) as client:
            client.ask("kernel_info_request")
            after_start = kernel.resident()
            code = SUBJECTS[subject]["code"]
            cell = {"code": code, "store_history": False}
            timed(client, 50, "execute_request", cell)
            executes = timed(client, 300, "execute_request", cell)
            complete, complete_cursor = SUBJECTS[subject]["complete"]
            completes = timed(client, 50, "complete_request", {"code": complete, "cursor_pos": complete_cursor})
            inspect, inspect_cursor = SUBJECTS[subject]["inspect"]
            inspects = timed(client, 50, "inspect_request", {"code": inspect, "cursor_pos": inspect_cursor, "detail_level": 0})
            rate = pipelined(client, code, 1000)
            for _ in range(cells // 1000):
                pipelined(client, code, 1000)
            return {
                "information": [information], "result": [result], "execute": executes, "complete": completes, "inspect": inspects,
                "rate": [rate], "resident": [after_start], "resident_later": [kernel.resident()]}
    finally:
        kernel.kill()


def percentile(samples, share):
    return sorted(samples)[min(len(samples) - 1, int(len(samples) * share))]


ROWS = [
    ("start to kernel_info reply, ms", "information", statistics.median, 1e3, "lower", 5),
    ("start to first result, ms", "result", statistics.median, 1e3, "lower", 5),
    ("execute round trip, median, ms", "execute", statistics.median, 1e3, "lower", 10),
    ("execute round trip, p99, ms", "execute", lambda samples: percentile(samples, 0.99), 1e3, "lower", None),
    ("complete, median, ms", "complete", statistics.median, 1e3, "lower", 10),
    ("inspect, median, ms", "inspect", statistics.median, 1e3, "lower", 10),
    ("1,000 pipelined executes, per s", "rate", statistics.median, 1, "higher", 10),
    ("resident after start, MB", "resident", statistics.median, 1 / 2**20, "lower", None),
    ("resident after {cells} more executes, MB", "resident_later", statistics.median, 1 / 2**20, "lower", None),
]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cells", type=int, default=10_000, help="executes before memory is measured again")
    parser.add_argument("--binary", type=pathlib.Path, default=wire.BINARY)
    options = parser.parse_args()

    figures = {subject: {} for subject in SUBJECTS}
    for round_number in range(options.rounds):
        for subject in SUBJECTS:
            cells = options.cells if round_number == 0 else 1000
            for name, samples in measure(subject, options.binary, cells).items():
                if name == "resident_later" and round_number > 0:
                    continue
                figures[subject].setdefault(name, []).extend(samples)
            print(f"round {round_number + 1} of {options.rounds}: {subject} measured", file=sys.stderr)

    print("| | camkernel | ipykernel | ratio | wanted |\n|---|---|---|---|---|")
    for title, name, reduce, scale, better, wanted in ROWS:
        ours, theirs = (reduce(figures[subject][name]) * scale for subject in SUBJECTS)
        ratio = theirs / ours if better == "lower" else ours / theirs
        target = f"{wanted}x" if wanted else ("< 25" if "resident" in name else "")
        print(f"| {title.format(cells=f'{options.cells:,}')} | {ours:.3g} | {theirs:.3g} | {ratio:.1f}x | {target} |")


if __name__ == "__main__":
    main()
