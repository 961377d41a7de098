#!/usr/bin/env python3
"""Draw the kernel's logo and pack the kernelspec into the program.

Writes kernelspec/logo-svg.svg, logo-32x32.png, logo-64x64.png and Sources/Kernel/CommandLine/KernelspecFiles.swift.
`--check` only says, by its exit status, whether the program holds what is in kernelspec/. The picture is what the program makes: a coarse grid of activations, hot where the network looks. Needs only Python.
"""
import base64
import math
import pathlib
import struct
import sys
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent
FOLDER = ROOT / "kernelspec"
CELLS = 5
HEAT = [  # from cold to hot
    (0.00, (38, 27, 84)),
    (0.25, (106, 33, 121)),
    (0.50, (199, 60, 92)),
    (0.75, (248, 141, 40)),
    (1.00, (252, 246, 150)),
]


def colour(heat):
    for (low, cold), (high, hot) in zip(HEAT, HEAT[1:]):
        if heat <= high:
            share = (heat - low) / (high - low)
            return tuple(round(a + (b - a) * share) for a, b in zip(cold, hot))
    return HEAT[-1][1]


def heat(row, column):
    """Two spots, as a network that sees an animal's head and its body."""
    head = math.exp(-((row - 1.2) ** 2 + (column - 3.0) ** 2) / 1.5)
    body = 0.62 * math.exp(-((row - 3.2) ** 2 + (column - 1.4) ** 2) / 1.8)
    return min(1.0, head + body)


def cells(size):
    """Place and colour of each cell in a square of the given size."""
    gap = size / 32
    side = (size - gap * (CELLS + 1)) / CELLS
    for row in range(CELLS):
        for column in range(CELLS):
            x, y = gap + column * (side + gap), gap + row * (side + gap)
            yield x, y, side, colour(heat(row, column))


def svg():
    lines = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">', "  <title>CAM</title>"]
    lines.append('  <rect width="64" height="64" rx="9" fill="#141024"/>')
    for x, y, side, rgb in cells(64):
        lines.append(
            f'  <rect x="{x:.2f}" y="{y:.2f}" width="{side:.2f}" height="{side:.2f}" rx="2" fill="#%02x%02x%02x"/>' % rgb
        )
    return "\n".join(lines + ["</svg>", ""])


def covered(px, py, x, y, width, radius):
    """Whether a point lies in a square with round corners."""
    dx = max(x + radius - px, px - (x + width - radius), 0)
    dy = max(y + radius - py, py - (y + width - radius), 0)
    return x <= px < x + width and y <= py < y + width and dx * dx + dy * dy <= radius * radius


def pixel(px, py, size, squares):
    if not covered(px, py, 0, 0, size, size * 9 / 64):
        return (0, 0, 0, 0)
    for x, y, side, rgb in squares:
        if covered(px, py, x, y, side, size / 32):
            return (*rgb, 255)
    return (0x14, 0x10, 0x24, 255)


def png(size, samples=4):
    squares = list(cells(size))
    rows = []
    for row in range(size):
        line = bytearray([0])
        for column in range(size):
            total = [0, 0, 0, 0]
            for i in range(samples):
                for j in range(samples):
                    r, g, b, a = pixel(column + (j + 0.5) / samples, row + (i + 0.5) / samples, size, squares)
                    for index, value in enumerate((r * a, g * a, b * a, a)):
                        total[index] += value
            alpha = total[3]
            line += bytes(round(value / alpha) if alpha else 0 for value in total[:3])
            line.append(round(alpha / samples**2))
        rows.append(bytes(line))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"".join(rows), 9)) + chunk(b"IEND", b"")


def swift():
    files = {
        "kernel.json": FOLDER / "kernel.json.in",
        "logo-32x32.png": FOLDER / "logo-32x32.png",
        "logo-64x64.png": FOLDER / "logo-64x64.png",
        "logo-svg.svg": FOLDER / "logo-svg.svg",
        "labextension/package.json": FOLDER / "labextension/package.json",
        "labextension/static/language.js": FOLDER / "labextension/static/language.js",
    }
    lines = [
        "// Made by Scripts/make-kernelspec.py from kernelspec/; do not edit.",
        "",
        "/// The files of the kernelspec and of JupyterLab's extension as base64, so that the program needs none beside itself.",
        "enum KernelspecFiles {",
        "  static let content: [String: String] = [",
    ]
    for name, path in files.items():
        text = base64.b64encode(path.read_bytes()).decode()
        lines.append(f'    "{name}": """')
        lines += [f"    {text[start:start + 96]}" for start in range(0, len(text), 96)]
        lines.append('    """,')
    return "\n".join(lines + ["  ]", "}", ""])


PACKED = ROOT / "Sources/Kernel/CommandLine/KernelspecFiles.swift"


def main():
    if sys.argv[1:] == ["--check"]:
        sys.exit(PACKED.read_text() != swift())
    (FOLDER / "logo-svg.svg").write_text(svg())
    for size in (32, 64):
        (FOLDER / f"logo-{size}x{size}.png").write_bytes(png(size))
    PACKED.write_text(swift())


if __name__ == "__main__":
    main()
