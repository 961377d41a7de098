#!/usr/bin/env python3
"""Our PNG files in other readers' eyes: pngcheck, Pillow and Chromium.

    python Tests/Oracle/check_png.py .build/release/camkernel PICTURE [CHROMIUM]

Makes overlays, a grid, a bar chart (a palette), a photograph and saved files from the picture by commands, then asks each reader for all of
them. Chromium decodes them in a page and reports sizes and a sum of all pixels, which must be Pillow's. Needs pngcheck
(Debian package of that name), Pillow and Chromium.
"""
import base64
import glob
import html
import os
import re
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image

binary, picture = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
chromium = sys.argv[3] if len(sys.argv) > 3 else shutil.which("chromium")
cell = f"""model efficientnet-lite0 fallback=random
image '{picture}'
grad-cam as first
compare grad-cam layer-cam class=top2
classify
ablate top=3
save first saved.png
save first heat.png what=heatmap
"""
failed = False
with tempfile.TemporaryDirectory() as out:
    subprocess.run([binary, "run", "-c", cell, "--out", out], check=True, cwd=out, stdout=subprocess.DEVNULL)
    files = sorted(glob.glob(out + "/*.png"))
    assert len(files) >= 7, files
    check = subprocess.run(["pngcheck", "-t7"] + files, text=True, capture_output=True)
    print(check.stdout.strip())
    failed |= check.returncode != 0
    page, sums = "", {}
    for file in files:
        with Image.open(file) as opened:
            opened.verify()
        with Image.open(file) as opened:
            text = dict(opened.text)
            pixels = np.asarray(opened.convert("RGB"), dtype=np.int64)
        sums[os.path.basename(file)] = f"{pixels.shape[1]}x{pixels.shape[0]} {pixels.sum()}"
        print(os.path.basename(file), sums[os.path.basename(file)], sorted(text))
        failed |= "Software" not in text
        data = base64.b64encode(open(file, "rb").read()).decode()
        page += f'<img id="{os.path.basename(file)}" src="data:image/png;base64,{data}">'
    page += """<pre id=out></pre><script>
onload = () => { for (const i of document.images) { const c = document.createElement('canvas'); c.width = i.naturalWidth;
c.height = i.naturalHeight; const g = c.getContext('2d', {colorSpace: 'srgb'}); g.drawImage(i, 0, 0); let s = 0;
const d = g.getImageData(0, 0, c.width, c.height).data; for (let k = 0; k < d.length; k += 4) s += d[k] + d[k+1] + d[k+2];
out.textContent += i.id + ' ' + c.width + 'x' + c.height + ' ' + s + '\\n'; } };
</script>"""
    with open(out + "/page.html", "w") as written:
        written.write(page)
    dom = subprocess.run(
        [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=20000", "--dump-dom", "file://" + out + "/page.html"],
        text=True, capture_output=True, timeout=120).stdout
    told = html.unescape(re.search(r"<pre id=.?out.?>(.*?)</pre>", dom, re.S).group(1)).split("\n")
    seen = dict(line.split(" ", 1) for line in told if line)
    for name, expected in sums.items():
        same = seen.get(name) == expected
        failed |= not same
        print("chromium", name, seen.get(name), "equal" if same else "NOT " + expected)
print("FAILED" if failed else "all readers agree")
sys.exit(failed)
