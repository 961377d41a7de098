#!/usr/bin/env python3
"""Write the small data set files that ModelIOTests reads, with Python's own pickle, tarfile and NumPy.

    python3 modelio_datasets.py [OUT]        (default: ../Fixtures/modelio)

Pixel p of channel c of picture i is (31 * i + 7 * c + p) mod 256. Made with Python 3.11, numpy 2.4.6.
"""
import gzip, io, os, pickle, struct, sys, tarfile, zipfile
import numpy as np

out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "Fixtures", "modelio")
path = lambda name: os.path.join(out, name)
pixels = np.array([[(31 * i + 7 * (p // 1024) + p % 1024) % 256 for p in range(3072)] for i in range(3)], np.uint8)
labels10, labels100 = [6, 9, 0], [19, 99, 0]

with open(path("cifar10.bin"), "wb") as f:
    for label, row in zip(labels10, pixels):
        f.write(bytes([label]) + row.tobytes())
with open(path("cifar100.bin"), "wb") as f:
    for label, row in zip(labels100, pixels):
        f.write(bytes([label // 5, label]) + row.tobytes())
for protocol in (2, 4):
    with open(path(f"cifar10.protocol{protocol}"), "wb") as f:
        pickle.dump({b"batch_label": b"b", b"labels": labels10, b"data": pixels, b"filenames": [b"a", b"b", b"c"]}, f, protocol=protocol)
with open(path("cifar100.protocol2"), "wb") as f:
    pickle.dump({"fine_labels": labels100, "coarse_labels": [3, 19, 0], "data": np.asfortranarray(pixels)}, f, protocol=2)

# What Python 2 wrote (the archives of the data sets' author): its own short strings and module names.
text = lambda s: b"U" + bytes([len(s)]) + s
blob = lambda b: b"T" + struct.pack("<I", len(b)) + b
array = (b"cnumpy.core.multiarray\n_reconstruct\n" b"cnumpy\nndarray\n" b"K\x00\x85" + text(b"b") + b"\x87R"
         b"(K\x01K\x03M\x00\x0c\x86" b"cnumpy\ndtype\n" + text(b"u1") + b"K\x00K\x01\x87R"
         b"(K\x03" + text(b"|") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89" + blob(pixels.tobytes()) + b"tb")
with open(path("cifar10.python2"), "wb") as f:
    f.write(b"\x80\x02}q\x01(" + text(b"data") + array + text(b"labels") + b"](K\x06K\x09K\x00e" + text(b"batch_label") + text(b"x") + b"u.")

data = open(path("cifar10.bin"), "rb").read()
buffer = io.BytesIO()
with tarfile.open(fileobj=buffer, mode="w", format=tarfile.GNU_FORMAT) as tar:
    def add(name, content=b"", kind=tarfile.REGTYPE, link=""):
        info = tarfile.TarInfo(name)
        info.type, info.size, info.linkname = kind, len(content), link
        tar.addfile(info, io.BytesIO(content))
    add("cifar-10-batches-bin", kind=tarfile.DIRTYPE)
    for i in range(1, 6):
        add(f"cifar-10-batches-bin/data_batch_{i}.bin", data if i == 1 else data[:3073])
    add("cifar-10-batches-bin/test_batch.bin", data[3073:])
    add("cifar-10-batches-bin/" + "long" * 40 + ".txt", b"hello\n")
    add("cifar-10-batches-bin/link", kind=tarfile.SYMTYPE, link="/etc/passwd")
# Python's own default for archives: POSIX's records for names that are long or not ASCII.
with tarfile.open(path("posix.tar"), mode="w", format=tarfile.PAX_FORMAT) as tar:
    for name, content in [("bilder/" * 30 + "größe.png", b"one"), ("plain.txt", b"two"), ("über.txt", b"three")]:
        info = tarfile.TarInfo(name)
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
# Sizes of 64 bits, as NumPy writes every member of an .npz.
with zipfile.ZipFile(path("wide.zip"), "w") as archive:
    with archive.open("digits", "w", force_zip64=True) as member:
        member.write(b"123456789")
with open(path("cifar10.tar.gz"), "wb") as f:
    f.write(gzip.compress(buffer.getvalue(), mtime=0))
for name, member in (("escape", "../outside.txt"), ("absolute", "/tmp/camkernel-outside.txt")):
    with tarfile.open(path(f"{name}.tar.gz"), "w:gz") as tar:
        info = tarfile.TarInfo(member)
        info.size = 5
        tar.addfile(info, io.BytesIO(b"hello"))
