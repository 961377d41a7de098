#!/usr/bin/env python3
"""Write the small weight files that ModelIOTests reads, with PyTorch, NumPy, onnx and h5py themselves.

    python3 modelio_fixtures.py [OUT]        (default: ../Fixtures/modelio)

Made with torch 2.13.0, numpy 2.4.6, onnx 1.23.2, h5py 3.16.0, safetensors; the numbers do not depend on
the versions, the containers' bytes do. Each `X` has its values as float32 in `X.expected.safetensors`.
"""
import collections, ctypes, glob, os, pickle, struct, sys, zipfile
import h5py
import numpy as np
import torch
from safetensors.numpy import save_file

out = sys.argv[1] if len(sys.argv) > 1 else os.path.join(os.path.dirname(__file__), "..", "Fixtures", "modelio")
os.makedirs(out, exist_ok=True)
path = lambda name: os.path.join(out, name)


def expect(name, tensors):
    arrays = {}
    for key, value in tensors.items():
        if isinstance(value, torch.Tensor):
            value = value.detach().to(torch.float32).contiguous().numpy()
        arrays[key] = np.ascontiguousarray(np.asarray(value, dtype=np.float32))
        if np.asarray(value).ndim == 0:
            arrays[key] = arrays[key].reshape(())
    save_file(arrays, path(name + ".expected.safetensors"))


def torch_tensors():
    g = torch.Generator().manual_seed(7)
    rand = lambda *s: torch.randn(*s, generator=g)
    base = rand(6, 10)
    tied = rand(4, 3)
    halves = torch.tensor([0.0, -0.0, 1.0, 65504.0, 6e-8, 6.1e-5, -2.5, float("inf"), float("-inf")], dtype=torch.float16)
    return collections.OrderedDict([
        ("conv.weight", rand(4, 3, 3, 3)),
        ("channels_last.weight", rand(4, 3, 3, 3).contiguous(memory_format=torch.channels_last)),
        ("hwio.weight", rand(3, 3, 3, 8).permute(3, 2, 0, 1)),
        ("transposed.weight", rand(5, 7).t()),
        ("sliced.weight", base[1:5:2, 3:9:2]),
        ("offset.bias", base.flatten()[17:29]),
        ("half.weight", halves),
        ("bfloat.weight", rand(3, 5).to(torch.bfloat16)),
        ("double.weight", rand(3, 2).double() / 3),
        ("bytes", torch.arange(0, 256, 37, dtype=torch.uint8)),
        ("small", torch.tensor([-128, 127, 3], dtype=torch.int8)),
        ("short", torch.tensor([-32768, 32767], dtype=torch.int16)),
        ("int", torch.tensor([[-5, 7]], dtype=torch.int32)),
        ("truth", torch.tensor([True, False, True])),
        ("bn.num_batches_tracked", torch.tensor(123456789, dtype=torch.int64)),
        ("empty", torch.zeros(0, 4)),
        ("tied.a", tied), ("tied.b", tied),
        ("parameter", torch.nn.Parameter(rand(3, 3))),
    ])


tensors = torch_tensors()
torch.save(tensors, path("mixed.zip.pth"))
torch.save(tensors, path("mixed.legacy.pth"), _use_new_zipfile_serialization=False)
torch.save(tensors, path("mixed.legacy4.pth"), _use_new_zipfile_serialization=False, pickle_protocol=4)
torch.save({"bias": torch.zeros(1).expand(6)}, path("repeating.pth"))
expect("mixed.pth", tensors)

net = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2))
adam = torch.optim.Adam(net.parameters())
net(torch.ones(2, 1, 4, 4)).sum().backward()
adam.step()
wrapped = torch.nn.DataParallel(net).state_dict()
torch.save({"epoch": 3, "best": 0.5, "state_dict": wrapped, "optimizer": adam.state_dict(), "name": "net",
            "accuracy": np.float64(0.25), "device": torch.device("cpu"), "shape": torch.Size([1, 2])}, path("checkpoint.ckpt"))
torch.save({"model": net.state_dict(), "optimizer": adam.state_dict()}, path("nested.pt"), pickle_protocol=4)
torch.save({"encoder": {"w": torch.ones(2)}, "decoder": {"w": torch.zeros(3)}}, path("dotted.pt"))
torch.save(torch.arange(6.0).reshape(2, 3), path("single.pt"))
# As DataParallel's dictionaries are, and one where a layer of the net itself is called "module".
torch.save({"module.conv.weight": torch.ones(2), "module.fc.bias": torch.zeros(3)}, path("wrapped.pth"))
torch.save({"module.weight": torch.ones(2), "fc.bias": torch.zeros(3)}, path("unwrapped.pth"))
expect("net", net.state_dict())
unsigned = {"u16": torch.tensor([1, 65535], dtype=torch.uint16), "u32": torch.tensor([1, 2**31], dtype=torch.uint32)}
torch.save(unsigned, path("unsigned.pth"))
expect("unsigned.pth", {k: v.numpy().astype(np.float32) for k, v in unsigned.items()})


class Evil:
    def __init__(self, call, *arguments):
        self.call, self.arguments = call, arguments

    def __reduce__(self):
        return self.call, self.arguments


def rewrite(source, target, data):
    """The zip checkpoint `source` with its pickle replaced."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for item in old.infolist():
            new.writestr(item, data if item.filename.endswith("data.pkl") else old.read(item))


for protocol in (2, 4):
    evil = pickle.dumps({"w": Evil(os.system, "touch /tmp/camkernel-was-here")}, protocol=protocol)
    rewrite(path("single.pt"), path(f"evil{protocol}.pth"), evil)
with open(path("evil.legacy.pth"), "wb") as f:
    for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, Evil(eval, "1")):
        pickle.dump(value, f, protocol=2)
torch.save(net, path("wholemodel.pt"))

# A dictionary that contains itself, beside a tensor-free 'model'.
cyclic = {}
cyclic["model"] = cyclic
cyclic["self"] = cyclic
rewrite(path("single.pt"), path("cyclic.pth"), pickle.dumps(cyclic, protocol=2))
# One list doubled forty times: cheap on disk, 2^40 items if unfolded.
bomb = []
for _ in range(40):
    bomb = [bomb, bomb]
rewrite(path("single.pt"), path("doubling.pth"), pickle.dumps({"w": bomb}, protocol=2))

arrays = {
    "f4": np.arange(12, dtype="<f4").reshape(3, 4) / 7, "f8": np.arange(6, dtype="<f8") / 3,
    "f2": np.arange(5, dtype="<f2") / 3, "i8": np.array([[-1, 2**40]]), "u1": np.arange(7, dtype="u1"),
    "truth": np.array([True, False]), "scalar": np.float32(2.5), "fortran": np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)),
    "big": np.arange(6, dtype=">f4").reshape(2, 3), "big_fortran": np.asfortranarray(np.arange(6, dtype=">i2").reshape(2, 3)),
    "empty": np.zeros((0, 3), "f4"),
}
np.savez(path("stored.npz"), **arrays)
np.savez_compressed(path("deflated.npz"), **arrays)
np.save(path("one.npy"), arrays["f4"])
with open(path("version2.npy"), "wb") as f:
    np.lib.format.write_array(f, arrays["f4"], version=(2, 0))
np.save(path("objects.npy"), np.array([{"a": 1}], dtype=object), allow_pickle=True)
expect("npz", arrays)
with zipfile.ZipFile(path("bomb.npz"), "w", zipfile.ZIP_DEFLATED) as z:
    # Members of 8 MB zeros in a few kilobytes, whose directory promises two gigabytes each.
    header = b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + "{'descr': '|u1', 'fortran_order': False, 'shape': (8388480,), }".ljust(117).encode() + b"\n"
    for i in range(4):
        z.writestr(f"a{i}.npy", header + bytes(8388480))
data = bytearray(open(path("bomb.npz"), "rb").read())
place = data.find(b"PK\x01\x02")
while place >= 0:
    struct.pack_into("<I", data, place + 24, 0x7FFFFFFF)  # the unpacked size in the directory
    place = data.find(b"PK\x01\x02", place + 4)
open(path("bomb.npz"), "wb").write(data)

# Files of libver="latest" find chunks in one of five ways; the last two axes are those of a file that may still grow.
# Fixed and extensible arrays of single elements are long enough for pages and for secondary blocks.
numbers = np.random.default_rng(7).standard_normal((40, 30)).astype("f4")
ways = {
    "single": {"chunks": (40, 30)}, "single_packed": {"chunks": (40, 30), "compression": "gzip", "shuffle": True},
    "fixed": {"chunks": (7, 11)}, "fixed_packed": {"chunks": (7, 11), "compression": "gzip", "shuffle": True},
    "fixed_growing": {"chunks": (7, 11), "maxshape": (80, 90)}, "fixed_paged": {"chunks": (1, 1)},
    "growing": {"chunks": (7, 11), "maxshape": (None, 30)}, "growing_wide": {"chunks": (7, 11), "maxshape": (60, None)},
    "growing_packed": {"chunks": (7, 11), "maxshape": (None, 30), "compression": "gzip", "fletcher32": True},
    "growing_long": {"chunks": (1, 1), "maxshape": (None, 40)}, "tree": {"chunks": (7, 11), "maxshape": (None, None)},
    "tree_packed": {"chunks": (3, 2), "maxshape": (None, None), "compression": "gzip", "fletcher32": True},
}


def named(group, weights):
    group.attrs["weight_names"] = [name.encode() for name in weights]


with h5py.File(path("chunks.h5"), "w", libver="latest") as f:
    f.attrs["layer_names"] = [b"layer"]
    layer = f.create_group("layer")
    named(layer, [*ways, "implicit", "unwritten"])
    for name, options in ways.items():
        layer.create_dataset(name, data=numbers, **options)
    early = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    early.set_chunk((7, 11))
    early.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    space = h5py.h5s.create_simple(numbers.shape)
    implicit = h5py.h5d.create(layer.id, b"implicit", h5py.h5t.IEEE_F32LE, space, early)
    implicit.write(h5py.h5s.ALL, h5py.h5s.ALL, numbers)
    part = layer.create_dataset("unwritten", numbers.shape, "f4", chunks=(7, 11), maxshape=(None, 30))
    part[7:14] = numbers[7:14]
with h5py.File(path("chunks.h5")) as f:
    save_file({f"layer/{name}": value[()] for name, value in f["layer"].items()}, path("chunks.expected.safetensors"))

# Steps of packing in other orders than h5py's, and chunks that were written without some of them.
orders = {"sum_deflate": "fd", "sum_shuffle_deflate_sum": "fsdf", "deflate_shuffle": "ds", "left_out": "sdf"}
for version in ("earliest", "latest"):
    with h5py.File(path(f"filters.{version}.h5"), "w", libver=version) as f:
        f.attrs["layer_names"] = [b"layer"]
        layer = f.create_group("layer")
        named(layer, list(orders))
        for name, steps in orders.items():
            plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            plan.set_chunk((7, 11))
            for step in steps:
                {"f": plan.set_fletcher32, "s": plan.set_shuffle, "d": lambda: plan.set_deflate(6)}[step]()
            space = h5py.h5s.create_simple(numbers.shape)
            data = h5py.h5d.create(layer.id, name.encode(), h5py.h5t.IEEE_F32LE, space, plan)
            data.write(h5py.h5s.ALL, h5py.h5s.ALL, numbers)
            if name == "left_out":
                block = np.ascontiguousarray(numbers[7:14, 0:11])
                data.write_direct_chunk((7, 0), block.tobytes(), 7)
                shuffled = np.frombuffer(numbers[14:21, 0:11].tobytes(), np.uint8).reshape(-1, 4).T
                data.write_direct_chunk((14, 0), shuffled.tobytes(), 6)
    with h5py.File(path(f"filters.{version}.h5")) as f:
        assert all((value[()] == numbers).all() for value in f["layer"].values())
        expected = {f"layer/{name}": value[()] for name, value in f["layer"].items()}
save_file(expected, path("filters.expected.safetensors"))

# Trees of nodes so small that a few chunks and members make several levels.
plan = h5py.h5p.create(h5py.h5p.FILE_CREATE)
# h5py has no words for it, the library that it came with does.
library = ctypes.CDLL(glob.glob(os.path.join(os.path.dirname(h5py.__file__), "..", "h5py.libs", "libhdf5-*"))[0])
assert library.H5Pset_istore_k(ctypes.c_int64(plan.id), ctypes.c_uint(1)) == 0
assert library.H5Pset_sym_k(ctypes.c_int64(plan.id), ctypes.c_uint(1), ctypes.c_uint(1)) == 0
with h5py.File(h5py.h5f.create(path("deep.h5").encode(), h5py.h5f.ACC_TRUNC, plan)) as f:
    f.attrs["layer_names"] = [b"layer"]
    layer = f.create_group("layer")
    named(layer, ["kernel", *(f"member{number}" for number in range(12))])
    layer.create_dataset("kernel", data=numbers, chunks=(12, 5))
    for number in range(12):
        layer[f"member{number}"] = numbers[number]
with h5py.File(path("deep.h5")) as f:
    save_file({f"layer/{name}": value[()] for name, value in f["layer"].items()}, path("deep.expected.safetensors"))

# What was never written has a value of its own.
for version in ("earliest", "latest"):
    with h5py.File(path(f"fill.{version}.h5"), "w", libver=version) as f:
        f.attrs["layer_names"] = [b"layer"]
        layer = f.create_group("layer")
        options = {
            "holes": ("f4", 2.5, (6, 5)), "never": ("<f4", -1.5, None), "reversed": (">f4", 3.25, (7, 11)),
            "whole": ("f4", 7, (40, 30)), "none": ("f8", None, (6, 5)), "half": (">f2", 0.1, None),
        }
        named(layer, list(options))
        for name, (kind, fill, chunks) in options.items():
            layer.create_dataset(name, numbers.shape, kind, chunks=chunks, fillvalue=fill)
        for row, column in [(36, 25), (0, 5), (18, 10), (30, 0)]:
            layer["holes"][row : row + 6, column : column + 5] = numbers[row : row + 6, column : column + 5]
        layer["whole"][()] = numbers
        layer["none"][3] = numbers[3]
    with h5py.File(path(f"fill.{version}.h5")) as f:
        expected = {f"layer/{name}": value[()].astype("f4") for name, value in f["layer"].items()}
save_file(expected, path("fill.expected.safetensors"))

# Links by name, inside the file, to nothing, in a circle and out of it; a committed datatype.
for version in ("earliest", "latest"):
    with h5py.File(path(f"links.{version}.h5"), "w", libver=version) as f:
        f.attrs["layer_names"] = [b"layer"]
        f["real/inner/kernel"] = numbers[:2]
        f["real/inner/again"] = h5py.SoftLink("kernel")
        f["layer"] = h5py.SoftLink("/real/inner")
        f["type"] = np.dtype("f4")
        f["real/inner"].create_dataset("typed", data=numbers[2:4], dtype=f["type"])
        named(f["real/inner"], ["kernel", "again", "typed"])
    for name, link in {
        "dangling": h5py.SoftLink("/nowhere"), "circle": h5py.SoftLink("/layer/circle"),
        "outside": h5py.ExternalLink("links.latest.h5", "/real/inner/kernel"),
    }.items():
        with h5py.File(path(f"link-{name}.{version}.h5"), "w", libver=version) as f:
            f.attrs["layer_names"] = [b"layer"]
            f.create_group("layer")[name] = link
            named(f["layer"], [name])
with h5py.File(path("lzf.h5"), "w") as f:
    f.attrs["layer_names"] = [b"layer"]
    f.create_group("layer").create_dataset("kernel", data=numbers, chunks=(7, 11), compression="lzf")
    named(f["layer"], ["kernel"])
