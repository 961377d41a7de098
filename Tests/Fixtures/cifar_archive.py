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
    # NumPy need not be here: the array is written as the pickle of one, which calls numpy's rebuilding function.
    rows = len(labels)
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n"
        + f"(I{rows}\nI3072\nt".encode() + b"cnumpy\ndtype\n(S'u1'\nI0\nI1\ntR(I3\nS'|'\nNNNI-1\nI-1\nI0\ntbI00\n"
        + b"S" + repr(b"".join(pictures))[1:].encode() + b"\ntb"
    )
    values = b"(lp0\n" + b"".join(f"I{label}\na".encode() for label in labels)
    key = b"labels" if kind == "cifar10" else b"fine_labels"
    return b"(dS'data'\n" + array + b"sS'" + key + b"'\n" + values + b"s."


label = 0
with tarfile.open(out, "w:gz") as archive:
    for name in files + [tests]:
        count = 1 if name == tests else 2
        content = batch(list(range(label, label + count)))
        label = (label + count) % 10
        info = tarfile.TarInfo(f"{folder}/{name}{'.bin' if layout == 'binary' else ''}")
        info.size = len(content)
        archive.addfile(info, io.BytesIO(content))
