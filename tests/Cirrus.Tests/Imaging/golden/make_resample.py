"""Writes resample.json: small pictures of every mode, and what Pillow's bicubic resize and RGB conversion make of them.

Run with Pillow 9.4:  python3 make_resample.py
Pixels are hex; mode I is two little-endian bytes a pixel, mode P is given with the palette looked up, mode 1 as 0 and 255.
"""
import json
import os
from PIL import Image

SIZES = [(5, 7), (16, 11), (9, 4), (1, 3), (23, 30)]
BANDS = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4, "CMYK": 4, "P": 1, "1": 1, "I": 1}


def value(i):
    return (i * 73 + (i * i) % 251 + (i >> 2) * 31) % 256


def picture(mode, width, height):
    if mode == "I":
        image = Image.new("I", (width, height))
        image.putdata([max(0, value(i) * 257 - value(i + 1)) for i in range(width * height)])
        return image
    if mode == "1":
        return Image.frombytes("L", (width, height), bytes(value(i) for i in range(width * height))).point(lambda v: 255 * (v > 99), "1")
    data = bytes(value(i) % 16 if mode == "P" else value(i) for i in range(width * height * BANDS[mode]))
    image = Image.frombytes(mode, (width, height), data)
    if mode == "P":
        image.putpalette([value(3 * i + 5) for i in range(48)])
    return image


def pixels(image):
    if image.mode == "I":
        return b"".join(max(0, min(65535, v)).to_bytes(2, "little") for v in image.getdata()).hex()
    if image.mode == "P":
        return image.convert("RGB").tobytes().hex()
    if image.mode == "1":
        return image.convert("L").tobytes().hex()
    return image.tobytes().hex()


cases = []
for mode in BANDS:
    source = picture(mode, 9, 11)
    case = {"mode": mode, "width": 9, "height": 11, "pixels": pixels(source), "rgb": source.convert("RGB").tobytes().hex(), "resized": []}
    for width, height in SIZES:
        case["resized"].append({"width": width, "height": height, "pixels": pixels(source.resize((width, height), Image.BICUBIC))})
    cases.append(case)
path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "resample.json")
with open(path, "w") as f:
    json.dump(cases, f, separators=(",", ":"))
    f.write("\n")
