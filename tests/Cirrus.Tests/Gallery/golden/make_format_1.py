"""Writes a gallery of format 1 as docs/formats.md describes it, without Cirrus: python3 make_format_1.py FOLDER

The files beside this script were made by it and are never made again: galleries of people look like them.
format-1 has everything the format had before each row and the manifest had a checksum, format-1-rows those too; format-1-first is of the time before
checksums and versions."""
import hashlib, json, os, struct, sys


def crc32c(content):
    crc = 0xffffffff
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def safetensors(rows, norms, checked=False):
    n, p = len(rows), len(rows[0])
    parts = [struct.pack("<%df" % p, *r) for r in rows] + [struct.pack("<%df" % n, *norms)]
    header = {"rows": {"dtype": "F32", "shape": [n, p], "data_offsets": [0, 4 * n * p]},
              "norms": {"dtype": "F32", "shape": [n], "data_offsets": [4 * n * p, 4 * n * p + 4 * n]}}
    if checked:
        header["checks"] = {"dtype": "U32", "shape": [n + 1], "data_offsets": [4 * n * p + 4 * n, 4 * n * p + 8 * n + 4]}
        parts.append(struct.pack("<%dI" % (n + 1), *map(crc32c, parts)))
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(parts)


def item(id, path, **more):
    return {"id": id, "path": path, "size": 1000 + id, "modified": 638000000000000000 + id,
            "hash": hashlib.sha256(path.encode()).hexdigest()[:32], "width": 640, "height": 480, **more}


def lines(records):
    return "".join(json.dumps(r, separators=(",", ":"), ensure_ascii=False) + "\n" for r in records).encode()


def write(folder, files, manifest, checked=False):
    os.makedirs(folder, exist_ok=True)
    for name, content in files.items():
        open(os.path.join(folder, name), "wb").write(content)
    if "version" in manifest:
        manifest["checks"] = {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}
    text = json.dumps(manifest, separators=(",", ":"))
    if checked:
        text = '%s,"check":"%s"}' % (text[:-1], hashlib.sha256(text.encode()).hexdigest())
    open(os.path.join(folder, "manifest.json"), "w").write(text)


space = {"model": "toy", "fingerprint": "0123456789abcdef", "p": 4, "preprocessing": "openai 224", "orientation": "exif"}
first = [[1, 0, 0, 0], [0.5, 0.5, 0.5, 0.5], [0, 1, 0, 0]], [2, 3.5, 10]
second = [[0, 0, 1, 0], [0, -1, 0, 0]], [0.25, 1]
a = lines([item(1, "a.jpg"), item(2, "b.jpg"), item(3, "gone.jpg")])
b = lines([item(4, "holiday/d \u00fc.jpg"), item(5, "holiday/e.jpg")])
moved = lines([item(2, "inner/b.jpg")])
gone = lines([{"id": 3, "path": "", "size": 0, "modified": 0, "hash": "", "width": 0, "height": 0}])
problems = lines([{"path": "broken.jpg", "size": 9, "modified": 638000000000000009, "reason": "'broken.jpg' is not a picture that can be read: it is empty"}])
out = sys.argv[1]
for name, checked in [("format-1", False), ("format-1-rows", True)]:
    write(os.path.join(out, name), {
        "s00000001.jsonl": a, "s00000001.safetensors": safetensors(*first, checked), "s00000002.jsonl": b, "s00000002.safetensors": safetensors(*second, checked),
        "moved-00000003.jsonl": moved, "gone-00000003.jsonl": gone, "problems-00000003.jsonl": problems,
    }, {"format": 1, "space": space, "root": "..", "nextId": 6, "segments": [{"name": "s00000001", "rows": 3}, {"name": "s00000002", "rows": 2}],
        "moved": "moved-00000003.jsonl", "gone": "gone-00000003.jsonl", "problems": "problems-00000003.jsonl", "version": 3, "shard": "0/2"}, checked)
write(os.path.join(out, "format-1-first"), {
    "0000000001.jsonl": a, "0000000001.safetensors": safetensors(*first), "0000000004.jsonl": b, "0000000004.safetensors": safetensors(*second),
    "moved-000001.jsonl": moved, "gone-000001.jsonl": gone, "problems-000001.jsonl": problems,
}, {"format": 1, "space": space, "root": "..", "nextId": 6, "segments": [{"name": "0000000001", "rows": 3}, {"name": "0000000004", "rows": 2}],
    "moved": "moved-000001.jsonl", "gone": "gone-000001.jsonl", "problems": "problems-000001.jsonl"})
