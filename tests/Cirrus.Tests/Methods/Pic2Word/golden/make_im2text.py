"""Writes what Im2TextFileTests reads, as a trainer of several processes would save it: python3 make_im2text.py (made with torch 1.13)."""
import collections
import pathlib

import torch

here = pathlib.Path(__file__).parent
torch.manual_seed(7)
names = {"layers.0.0": (5, 3), "layers.1.0": (5, 5), "fc_out": (4, 5)}
state = collections.OrderedDict()
for name, (rows, columns) in names.items():
    state[f"module.{name}.weight"] = torch.arange(rows * columns, dtype=torch.float32).reshape(rows, columns) / 8 - 1
    state[f"module.{name}.bias"] = torch.arange(rows, dtype=torch.float32) / 4
x = torch.tensor([[1.0, -2.0, 0.5], [0.0, 3.0, -1.0]])
y = x
for name in ["layers.0.0", "layers.1.0"]:
    y = torch.relu(torch.nn.functional.linear(y, state[f"module.{name}.weight"], state[f"module.{name}.bias"]))
y = torch.nn.functional.linear(y, state["module.fc_out.weight"], state["module.fc_out.bias"])
torch.save({
    "epoch": 30,
    "name": "small",
    "state_dict": collections.OrderedDict([("module.logit_scale", torch.tensor(4.6))]),
    "state_dict_img2text": state,
    "optimizer": {"state": {0: {"step": torch.tensor(9.0), "exp_avg": torch.zeros(5, 3)}}, "param_groups": [{"lr": 1e-4, "params": [0]}]},
    "x": x,
    "y": y,
}, here / "im2text.pt")
