"""Writes the small PyTorch files that TorchFilesTests reads: python3 make_torch_files.py (made with torch 1.13)."""
import collections
import pathlib
import pickle

import torch

here = pathlib.Path(__file__).parent
steps = torch.arange(24, dtype=torch.float32) / 8

torch.save({
    "epoch": 7,
    "note": "made by PyTorch",
    "folder": pathlib.PurePosixPath("/data/run"),
    "Phi": collections.OrderedDict([
        ("plain", steps.reshape(4, 6).clone()),
        ("turned", steps.reshape(4, 6).t()),
        ("view", steps.reshape(4, 6)[1:3, 2:5]),
        ("half", steps[:5].half()),
        ("brain", steps[:5].bfloat16()),
        ("double", steps[:5].double()),
        ("long", torch.tensor([-3, 1 << 40])),
        ("scalar", torch.tensor(2.5)),
        ("none", torch.zeros(0, 3)),
        ("parameter", torch.nn.Parameter(steps[:2].clone())),
    ]),
}, here / "plain.pt")


class Small(torch.nn.Module):
    """Its code is longer than 200 letters, so that torch.jit.save compresses it, as in OpenAI's archives."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(3, 2)
        self.sizes = [1, 2, 3]
        with torch.no_grad():
            self.linear.weight.copy_(steps[:6].reshape(2, 3))
            self.linear.bias.copy_(steps[6:8])

    def forward(self, x):
        y = self.linear(x)
        for size in self.sizes:
            y = torch.relu(y * size) + torch.sigmoid(y) - torch.tanh(y) * torch.exp(-y)
        return torch.nn.functional.layer_norm(y, [2])


torch.jit.save(torch.jit.script(Small()), str(here / "script.pt"))
with open(here / "names.pkl", "wb") as file:
    pickle.dump(["a.jpg", "é/b.png"], file)
