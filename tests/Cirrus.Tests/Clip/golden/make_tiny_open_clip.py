"""Writes tiny-open-clip/ and tiny-open-clip.io.safetensors: python3 make_tiny_open_clip.py (made with torch 1.13).

A random CLIP in open_clip's layout and its features, computed here in float64 from the description of the towers: text of
2 layers, pictures of 2 layers with heads of 24, exact GELU. Weights are representable in float16.
"""
import json
import math
import pathlib
import struct

import numpy as np
import torch

here = pathlib.Path(__file__).parent
W, V, P, CONTEXT, VOCABULARY, PATCH, SIDE, PLACEHOLDER = 32, 48, 20, 16, 514, 4, 12, 259
TEXT_HEADS, VISION_HEADS, START, END = 1, 2, 512, 513
torch.manual_seed(20240)
torch.set_default_dtype(torch.float64)
weights = {}


def new(name, *shape, scale=0.3, mean=0.0):
    weights[name] = (mean + scale * torch.randn(*shape)).half().double()


def new_blocks(prefix, width, mlp):
    for i in range(2):
        p = f"{prefix}resblocks.{i}."
        for ln in ("ln_1", "ln_2"):
            new(p + ln + ".weight", width, mean=1.0, scale=0.1)
            new(p + ln + ".bias", width, scale=0.1)
        new(p + "attn.in_proj_weight", 3 * width, width, scale=1.5 / math.sqrt(width))
        new(p + "attn.in_proj_bias", 3 * width, scale=0.1)
        new(p + "attn.out_proj.weight", width, width, scale=1 / math.sqrt(width))
        new(p + "attn.out_proj.bias", width, scale=0.1)
        new(p + "mlp.c_fc.weight", mlp, width, scale=1 / math.sqrt(width))
        new(p + "mlp.c_fc.bias", mlp, scale=0.1)
        new(p + "mlp.c_proj.weight", width, mlp, scale=1 / math.sqrt(mlp))
        new(p + "mlp.c_proj.bias", width, scale=0.1)


new("token_embedding.weight", VOCABULARY, W)
new("positional_embedding", CONTEXT, W)
new_blocks("transformer.", W, 96)
new("ln_final.weight", W, mean=1.0, scale=0.1)
new("ln_final.bias", W, scale=0.1)
new("text_projection", W, P)
new("visual.class_embedding", V)
new("visual.positional_embedding", (SIDE // PATCH) ** 2 + 1, V)
new("visual.conv1.weight", V, 3, PATCH, PATCH, scale=0.15)
for ln in ("visual.ln_pre", "visual.ln_post"):
    new(ln + ".weight", V, mean=1.0, scale=0.1)
    new(ln + ".bias", V, scale=0.1)
new_blocks("visual.transformer.", V, 100)
new("visual.proj", V, P)
weights["logit_scale"] = torch.tensor(2.6592).half().double()


def layer_norm(x, name):
    mean = x.mean(-1, keepdim=True)
    variance = ((x - mean) ** 2).mean(-1, keepdim=True)
    return (x - mean) / torch.sqrt(variance + 1e-5) * weights[name + ".weight"] + weights[name + ".bias"]


def tower(x, prefix, heads, causal):
    rows, width = x.shape
    for i in range(2):
        p = f"{prefix}resblocks.{i}."
        h = layer_norm(x, p + "ln_1") @ weights[p + "attn.in_proj_weight"].T + weights[p + "attn.in_proj_bias"]
        q, k, v = (part.reshape(rows, heads, width // heads).transpose(0, 1) for part in h.split(width, -1))
        scores = q @ k.transpose(1, 2) / math.sqrt(width // heads)
        if causal:
            scores = scores + torch.full((rows, rows), -math.inf).triu(1)
        a = (scores.softmax(-1) @ v).transpose(0, 1).reshape(rows, width)
        x = x + a @ weights[p + "attn.out_proj.weight"].T + weights[p + "attn.out_proj.bias"]
        h = layer_norm(x, p + "ln_2") @ weights[p + "mlp.c_fc.weight"].T + weights[p + "mlp.c_fc.bias"]
        h = 0.5 * h * (1 + torch.erf(h / math.sqrt(2)))
        x = x + h @ weights[p + "mlp.c_proj.weight"].T + weights[p + "mlp.c_proj.bias"]
    return x


def text(ids, pseudo=None):
    x = weights["token_embedding.weight"][ids]
    if pseudo is not None:
        x = torch.where((ids == PLACEHOLDER)[:, None], pseudo, x)
    x = tower(x + weights["positional_embedding"], "transformer.", TEXT_HEADS, causal=True)
    return layer_norm(x, "ln_final")[ids.argmax()] @ weights["text_projection"]


def picture(pixels):
    patches = pixels.unfold(1, PATCH, PATCH).unfold(2, PATCH, PATCH).permute(1, 2, 0, 3, 4).reshape(-1, 3 * PATCH * PATCH)
    x = patches @ weights["visual.conv1.weight"].reshape(V, -1).T
    x = torch.cat([weights["visual.class_embedding"][None], x]) + weights["visual.positional_embedding"]
    x = tower(layer_norm(x, "visual.ln_pre"), "visual.transformer.", VISION_HEADS, causal=False)
    return layer_norm(x[0], "visual.ln_post") @ weights["visual.proj"]


captions = [[], [5, 300], [70, PLACEHOLDER, 400], [PLACEHOLDER], [9, 8, 7, PLACEHOLDER, 6, PLACEHOLDER, 3, 2, 1, 0, 11, 12, 13, 14]]
ids = torch.zeros(len(captions), CONTEXT, dtype=torch.int64)
for row, caption in zip(ids, captions):
    row[: len(caption) + 2] = torch.tensor([START, *caption, END])
pixels = torch.randn(2, 3, SIDE, SIDE).half().double()
pseudo = torch.randn(len(captions), W).half().double().requires_grad_()
with_pseudo = torch.stack([text(i, p) for i, p in zip(ids, pseudo)])
((with_pseudo ** 2).mean()).backward()


def save(path, tensors):
    header, data = {}, b""
    for name, t in tensors.items():
        raw = t.numpy().tobytes()
        kind = {np.float16: "F16", np.float32: "F32", np.int32: "I32"}[t.numpy().dtype.type]
        header[name] = {"dtype": kind, "shape": list(t.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text_header = json.dumps(header).encode()
    text_header += b" " * (-len(text_header) % 8)
    path.write_bytes(struct.pack("<Q", len(text_header)) + text_header + data)


folder = here / "tiny-open-clip"
folder.mkdir(exist_ok=True)
save(folder / "open_clip_model.safetensors", {k: v.half() for k, v in weights.items()})
(folder / "open_clip_config.json").write_text(json.dumps({"model_cfg": {
    "embed_dim": P, "quick_gelu": False,
    "vision_cfg": {"image_size": SIDE, "layers": 2, "width": V, "head_width": V // VISION_HEADS, "patch_size": PATCH},
    "text_cfg": {"context_length": CONTEXT, "vocab_size": VOCABULARY, "width": W, "heads": TEXT_HEADS, "layers": 2},
}}, indent=2) + "\n")
(folder / "bpe_simple_vocab_16e6.txt").write_text("#version: no merges, so a token is a byte\n")
save(here / "tiny-open-clip.io.safetensors", {
    "ids": ids.int(), "pixels": pixels.float(), "pseudo": pseudo.detach().float(),
    "text_features": torch.stack([text(i) for i in ids]).float(),
    "image_features": torch.stack([picture(p) for p in pixels]).float(),
    "features_with_pseudo": with_pseudo.detach().float(), "grad_pseudo": pseudo.grad.float(),
})
