#!/usr/bin/env python3
"""Writes an archive in the layout of CIFAR's author: cifar_archive.py cifar10|cifar100 binary|python OUT

Each file of training pictures holds two, each file of tests one; the labels count up from 0.
"""
import io, pickle, sys, tarfile

kind, layout, out = sys.argv[1:]
tests = {"cifar10": "test_batch", "cifar100": "test"}[kind]
files = {"cifar10": [f"data_batch_{n}" for n in range(1, 6)], "cifar100": ["train"]}[kind]
folder = {
    ("cifar10", "binary"): "cifar-10-batches-bin", ("cifar10", "python"): "cifar-10-batches-py",
    ("cifar100", "binary"): "cifar-100-binary", ("cifar100", "python"): "cifar-100-python",
}[kind, layout]


def batch(labels):
    pictures = [bytes((label * 7 + i) % 256 for i in range(3072)) for label in labels]
    if layout == "binary":
        heads = [bytes([label]) if kind == "cifar10" else bytes([label // 5, label]) for label in labels]
        return b"".join(head + picture for head, picture in zip(heads, pictures))
    return pickled(pictures, labels)


def text(value):
    return b"U" + bytes([len(value)]) + value


def pickled(pictures, labels):
    """What Python 2 wrote, as in the published archives: a dictionary of an array of NumPy's and a list."""
    rows = b"".join(pictures)
    kind_of_array = (
        b"cnumpy\ndtype\n" + text(b"u1") + b"K\0K\1\x87R(K\3" + text(b"|") + b"NNN" + b"J\xff\xff\xff\xff" * 2 + b"K\0tb")
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85" + text(b"b") + b"\x87R(K\1K" + bytes([len(labels)])
        + b"M\x00\x0c\x86" + kind_of_array + b"\x89T" + len(rows).to_bytes(4, "little") + rows + b"tb")
    numbers = b"](" + b"".join(b"K" + bytes([label]) for label in labels) + b"e"
    key = b"labels" if kind == "cifar10" else b"fine_labels"
    return b"\x80\x02}(" + text(b"data") + array + text(key) + numbers + b"u."

label = 0
with tarfile.open(out, "w:gz") as archive:
    for name in files + [tests]:
        count = 1 if name == tests else 2
        content = batch(list(range(label, label + count)))
        label = (label + count) % 10
        info = tarfile.TarInfo(f"{folder}/{name}{'.bin' if layout == 'binary' else ''}")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
