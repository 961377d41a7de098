"""The mean of several trainings' ends, as one file of weights: mean.py OUT FILE FILE..."""

import json
import struct
import sys

import numpy


def read(path):
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        data = file.read()
    notes = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        assert entry["dtype"] == "F32", name
        tensors[name] = (entry["shape"], numpy.frombuffer(data[begin:end], "<f4").astype("f8"))
    return notes, tensors


def main(out, *paths):
    files = [read(path) for path in paths]
    notes, first = files[0]
    header, body = {"__metadata__": notes}, b""
    for name, (shape, _) in first.items():
        mean = sum(tensors[name][1] for _, tensors in files) / len(files)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(body), len(body) + 4 * mean.size]}
        body += mean.astype("<f4").tobytes()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(out, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)


main(*sys.argv[1:])
