"""Writes Sources/Display/Color/ColormapTables.swift from matplotlib's and OpenCV's own tables.

    pip install matplotlib==3.11.2 opencv-python-headless==5.0.0
    python Scripts/make-colormaps.py > Sources/Display/Color/ColormapTables.swift
"""

import cv2
import matplotlib
import numpy as np

NAMES = "jet turbo viridis inferno magma gray bone hot coolwarm bwr seismic cividis".split()


def matplotlib_table(name):
    # As matplotlib turns a value into bytes: the colour times 255, cut off.
    return (matplotlib.colormaps[name](np.arange(256))[:, :3] * 255).astype(np.uint8)


tables = {name: matplotlib_table(name) for name in NAMES}
ramp = np.arange(256, dtype=np.uint8).reshape(256, 1)
tables["opencv-jet"] = cv2.applyColorMap(ramp, cv2.COLORMAP_JET)[:, 0, ::-1]

print("// Made by Scripts/make-colormaps.py with matplotlib %s and OpenCV %s." % (matplotlib.__version__, cv2.__version__))
print()
print("/// Red, green and blue of 256 steps of each map, two hexadecimal digits a byte.")
print("enum ColormapTables {")
for name, table in tables.items():
    word = name.split("-")
    print("  static let %s: StaticString =" % (word[0] + "".join(part.capitalize() for part in word[1:])))
    digits = np.ascontiguousarray(table).tobytes().hex()
    rows = [digits[i : i + 96] for i in range(0, len(digits), 96)]
    print('    """\n' + "\n".join("    %s\\" % row for row in rows[:-1]) + "\n    %s\n" % rows[-1] + '    """')
print("}")
