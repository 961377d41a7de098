#!/usr/bin/env python3
"""The built kernel under a ladder of memory limits (`ulimit -v`), from too little to start up to plenty.

At each rung every cell of every session must be answered, by a result or by a mistake of a known kind, and the kernel must
leave with status 0 when it is told to; a signal, a silence or a mistake that nobody has worded is a finding.
Limits below which the process itself cannot start are told apart: there nothing ever answered.

    ladder.py [--from MB] [--to MB] [--step MB] [--only NAME,...] [--verbose]
"""

import argparse
import collections
import pathlib
import struct
import sys
import tempfile
import time
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Conformance"))
import wire  # noqa: E402

PATIENCE = 240.0
# What a cell may be told where memory is short: that it is, or that something is missing that an earlier cell should have made.
EXPECTED = {
    "no-memory", "missing-model", "missing-image", "missing-dataset", "missing-result", "unknown-name", "unknown-model",
    "no-such-file"}


def picture(path, width, height):
    """A PNG of coloured stripes."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    line = b"\0" + bytes((37 * x + 11 * channel) % 256 for x in range(width) for channel in range(3))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(line * height, 1)) + chunk(b"IEND", b""))


def cifar(folder, pictures=40):
    """Batches in CIFAR-10's binary layout."""
    for number, name in enumerate([f"data_batch_{batch}" for batch in range(1, 6)] + ["test_batch"]):
        records = (
            bytes([(place + number) % 10]) + bytes((place * 31 + number + index * (1 + place % 7)) % 256 for index in range(3072))
            for place in range(pictures))
        (folder / f"{name}.bin").write_bytes(b"".join(records))


SESSIONS = {
    "large-input": [
        "model resnet18 random=1 size=448", "image photo.png", "classify", "guided-backprop as a", "grad-cam as b",
        "ablation-cam as c", "full-grad as d", "figure a b c d", "save a picture.png", "save b map.npy what=map"],
    "vgg": [
        "model vgg16 random=1", "image photo.png", "grad-cam", "ablation-cam", "guided-grad-cam", "ablate",
        "layer-cam layer=features.16"],
    "masks": [
        "model resnet18 random=1", "image photo.png", "score-cam", "group-cam", "recipro-cam", "shapley-cam", "kpca-cam",
        "refine-cam", "random-cam"],
    "side-by-side": [
        "model resnet50 random=1", "image photo.png small.png", "compare grad-cam layer-cam eigen-cam full-grad class=top2",
        "sweep grad-cam", "sweep ablation-cam classes=top3", "spatial-ablation-cam", "zero-image-cam", "show"],
    "sixteen-bits": [
        "set precision=bf16", "model resnet50 random=1", "image photo.png", "ablation-cam", "guided-backprop", "smooth-grad-cam++",
        "model inception-v3 random=2", "ablation-cam"],
    "pictures": [
        "model resnet18 random=1", "image large.png", "grad-cam as big", "save big overlay.png", "save big page.svg",
        "image photo.png,small.png,photo.png,small.png,photo.png", "classify", "grad-cam", "save big page.pdf"],
    "batches": [
        "model resnet9-cifar random=1", "dataset cifar10 cifar", "batch size=64", "classify", "grad-cam", "ablation-cam",
        "attack epsilon=4 steps=2", "randomize", "grad-cam", "benchmark grad-cam ablation-cam runs=1"],
    "training": [
        "dataset cifar10 cifar", "train resnet9-cifar epochs=1 batch=64 average=0.9 save=net.safetensors as net",
        "train resnet9-cifar epochs=1 batch=16 precision=bf16 as other", "save net small.safetensors bits=6",
        "model resnet9-cifar weights=net.safetensors", "model resnet18 random=1 size=64 classes=10 as wide",
        "train wide epochs=1 batch=32", "train wide epochs=1 batch=512"],
    "several-models": [
        "model resnet18 random=1 as a", "model resnet50 random=1 as b", "model xception random=1 as c", "model vgg16 random=1 as d",
        "image photo.png", "grad-cam", "model resnet50 random=2", "ablation-cam", "models", "layers", "reset",
        "model resnet9-cifar random=1"],
}


def run(name, limit, folder, verbose):
    """One session under a limit: what became of its cells, and what was wrong, if anything."""
    codes = collections.Counter()
    kernel = wire.Kernel(addresses=limit, SWIFT_BACKTRACE="enable=no")
    for file in folder.iterdir():
        pathlib.Path(kernel.folder, file.name).symlink_to(file)
    try:
        began = wire.eventually(lambda: not kernel.is_alive() or answers(kernel), timeout=20)
        if not kernel.is_alive():
            status = kernel.process.returncode
            return codes, None if status > 0 else f"ended by signal {-status} when it started: {tail(kernel)}", False
        if not began:
            return codes, "does not answer", False
        with wire.Client(kernel) as client:
            for code in SESSIONS[name]:
                request = client.send("execute_request", {"code": code, "store_history": True})
                reply = wait(client, kernel, request)
                if reply is None:
                    state = "hangs" if kernel.is_alive() else f"ended with {kernel.wait_for_exit()}"
                    return codes, f"{code!r}: {state}: {tail(kernel)}", True
                content = reply["content"]
                codes[content.get("ename", "ok")] += 1
                if verbose and content["status"] != "ok":
                    print(f"      {code}: {content['ename']}: {content['evalue']}")
                if content["status"] != "ok" and content["ename"] not in EXPECTED:
                    return codes, f"{code!r}: {content['ename']}: {content['evalue']}", True
            client.send("shutdown_request", {"restart": False}, "control")
            status = kernel.wait_for_exit()
            return codes, None if status == 0 else f"left with {status}: {tail(kernel)}", True
    finally:
        kernel.kill()


def answers(kernel):
    """Whether the kernel tells about itself."""
    with wire.Client(kernel, subscribe=False) as client:
        return client.ask("kernel_info_request", timeout=1.0) is not None


def wait(client, kernel, request):
    """The reply to a request; None where none comes or the kernel is gone."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        reply = client.reply(request, timeout=0.25)
        if reply is not None or not kernel.is_alive():
            return reply
    return None


def tail(kernel):
    return kernel.said()[-400:].strip()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--from", dest="low", type=int, default=60)
    parser.add_argument("--to", dest="high", type=int, default=1500)
    parser.add_argument("--step", type=int, default=20, help="megabytes between two rungs; above 700 MB four times as many")
    parser.add_argument("--only", help="sessions, by comma")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    names = options.only.split(",") if options.only else list(SESSIONS)
    rungs, limit = [], options.low
    while limit <= options.high:
        rungs.append(limit)
        limit += options.step if limit < 700 else 4 * options.step
    findings = []
    with tempfile.TemporaryDirectory() as place:
        folder = pathlib.Path(place)
        picture(folder / "photo.png", 640, 480)
        picture(folder / "small.png", 200, 150)
        picture(folder / "large.png", 4000, 3000)
        (folder / "cifar").mkdir()
        cifar(folder / "cifar")
        for name in names:
            print(f"{name}: {len(SESSIONS[name])} cells", flush=True)
            for limit in rungs:
                codes, finding, started = run(name, limit << 20, folder, options.verbose)
                told = ", ".join(f"{count} {code}" for code, count in codes.most_common())
                if not started and not finding:
                    told = "too little to start"
                print(f"  {limit:5} MB: {told}" + (f"  FINDING {finding}" if finding else ""), flush=True)
                if finding:
                    findings.append(f"{name} at {limit} MB: {finding}")
    print(f"{len(names)} sessions at {len(rungs)} limits: {len(findings)} findings")
    for finding in findings:
        print(f"FINDING: {finding}")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
