#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Goldens of core/checkpoint/torch_archive: small files of torch.save and what torch.load reads from them.

Also reads written_by_darkroom.pt (the writer's test compares its output with that file byte for byte) with weights_only=True.
"""
import collections
import json
import os
import pathlib
import sys
import types

import numpy as np
import torch

OUT = pathlib.Path(__file__).resolve().parent.parent / "core" / "checkpoint" / "golden" / "archive"


def ramp(*shape, dtype=torch.float32):
    """Small whole numbers: exact in every dtype."""
    count = 1
    for extent in shape:
        count *= extent
    return (torch.arange(count) % 13).reshape(shape).to(dtype)


def state_dict():
    linear = torch.nn.Linear(3, 2)
    with torch.no_grad():
        linear.weight.copy_(ramp(2, 3))
        linear.bias.copy_(ramp(2))
    base = ramp(4, 6)
    tied = ramp(3)
    dtypes = [torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8]
    return {
        "module": linear.state_dict(),  # an OrderedDict with the attribute _metadata
        "dtypes": {str(dtype).removeprefix("torch."): ramp(2, 5, dtype=dtype) for dtype in dtypes} | {"bool": ramp(7) > 5},
        "views": {"base": base, "transposed": base.t(), "rows": base[1:3], "column": base[:, 2], "every_other": base[::2, 1::3],
                  "expanded": tied[1].expand(5)},
        "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 7), "parameter": torch.nn.Parameter(ramp(2, 2)),
        "tied": [tied, tied], "channels_last": ramp(2, 3, 2, 2).contiguous(memory_format=torch.channels_last),
    }


def new_dtypes():
    return {"float8_e4m3fn": ramp(6).to(torch.float8_e4m3fn), "float8_e5m2": (ramp(6) % 4).to(torch.float8_e5m2),
            "uint16": ramp(3).to(torch.uint16), "uint32": ramp(3).to(torch.uint32), "uint64": ramp(3).to(torch.uint64),
            "complex64": torch.complex(ramp(3), -ramp(3))}


def source_run():
    """The layout of a source-run checkpoint (source_run.md 2), with a model of two layers."""
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Linear(4, 2))
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(ramp(*parameter.shape))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    warmup = torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.01, total_iters=5)
    cosine = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=100)
    scheduler = torch.optim.lr_scheduler.SequentialLR(optimizer, [warmup, cosine], milestones=[5])
    for _ in range(2):
        optimizer.zero_grad()
        model(ramp(2, 3)).square().mean().backward()
        optimizer.step()
        scheduler.step()
    return {
        "epoch": 42, "global_step": 181177, "best_loss": 0.0947, "unet_state_dict": model.state_dict(),
        "optimizer_state_dict": optimizer.state_dict(), "lr_scheduler_state_dict": scheduler.state_dict(),
        "ema_state_dict": {"shadow": {name: value.detach() * 2 for name, value in model.named_parameters()}, "step_count": 181177,
                           "decay": 0.9999},
    }


def values():
    inner = [1, [2, (3, {"deep": None})]]
    return {
        "none": None, "true": True, "false": False, "byte": 200, "short": 60000, "int": 100000, "negative": -1, "lowest_int": -2**31,
        "long": 2**40, "lowest_long": -2**63, "big": 2**70, "zero": 0, "float": -0.1, "infinity": float("inf"), "nan": float("nan"),
        "text": "Grüße \N{CAMERA}", "empty_text": "", "bytes": bytes(range(256)), "byte_array": bytearray(b"ab\xff"), "set": {7},
        "list": inner, "same_list": inner, "tuple": (), "pair": (1, "two"), "five": (1, 2, 3, 4, 5), "size": torch.Size([2, 3]),
        "device": torch.device("cuda", 1), "dtype": torch.float16, "complex": 1 + 2j, "ordered": collections.OrderedDict(b=1, a=2),
        "default": collections.defaultdict(dict, {"x": {"y": 1}}), 3: "three", None: "nothing", 1.5: "real", True: "yes",
        "numpy": {"float64": np.float64(0.25), "float32": np.float32(-1.5), "float16": np.float16(0.5), "int64": np.int64(-7),
                  "uint8": np.uint8(255), "uint64": np.uint64(2**63), "bool": np.bool_(True), "big_endian": np.array(258, dtype=">i2")[()],
                  "text": np.str_("abc"), "array": np.arange(3.0)},
    }


def module_with(name, **classes):
    """A module that only this program has: files that name it mean nothing anywhere else."""
    parent = ""
    for part in name.split("."):
        parent = f"{parent}.{part}" if parent else part
        sys.modules.setdefault(parent, types.ModuleType(parent))
    for class_name, kind in classes.items():
        kind.__module__, kind.__qualname__, kind.__name__ = name, class_name, class_name
        setattr(sys.modules[name], class_name, kind)


def lightning():
    class ModelCheckpoint:
        pass

    class AttributeDict(dict):
        pass

    module_with("pytorch_lightning.callbacks.model_checkpoint", ModelCheckpoint=ModelCheckpoint)
    module_with("pytorch_lightning.utilities.parsing", AttributeDict=AttributeDict)
    callback = ModelCheckpoint()
    callback.weights = ramp(2)
    return {
        "epoch": np.int64(3), "global_step": 470000, "pytorch-lightning_version": "1.4.2",
        "state_dict": collections.OrderedDict({"model.diffusion_model.out.2.bias": ramp(4, dtype=torch.float16)}),
        "callbacks": {ModelCheckpoint: {"monitor": "val/loss", "best_model_score": torch.tensor(0.125), "best": np.float64(0.125)}},
        "hyper_parameters": AttributeDict(lr=1e-4, where=pathlib.PurePosixPath("/a/b")), "callback": callback,
    }


class Hostile:
    def __reduce__(self):
        return os.system, ("touch /tmp/darkroom_archive_was_executed",)


def describe(value, path, found):
    if isinstance(value, torch.Tensor):
        numbers = torch.view_as_real(value) if value.is_complex() else value
        found[path] = {"dtype": str(value.dtype).removeprefix("torch."), "shape": list(value.shape), "strides": list(value.stride()),
                       "values": numbers.detach().to(torch.float64).flatten().tolist()}
    elif isinstance(value, dict):
        for key, child in value.items():
            spelled = f"{key.__module__}.{key.__qualname__}" if isinstance(key, type) else str(key)
            describe(child, f"{path}.{spelled}" if path else spelled, found)
    elif isinstance(value, (list, tuple)):
        for i, child in enumerate(value):
            describe(child, f"{path}.{i}" if path else str(i), found)


def check_written():
    path = OUT / "written_by_darkroom.pt"
    read = torch.load(path, weights_only=True)
    assert torch.load(path, weights_only=True, mmap=True).keys() == read.keys()
    scalars = {"epoch": 42, "negative": -3, "wide": 70000, "long": 2**40, "big": 2**70, "rate": 1.25e-6, "yes": True, "no": False,
               "nothing": None, "text": "Grüße", "bytes": b"\x00\xff", "set": {1, 2}, "list": [1, "two", (3,)], "tuple": (1, 2, 3, 4)}
    for key, value in scalars.items():
        assert read[key] == value and type(read[key]) is type(value), key
    assert list(read["ids"]) == list(range(2500)) and {str(i): i for i in range(1200)} == read["many"]
    assert read["shared"] is read["list_again"] and read["shared"] == ["s"]
    weights = read["unet_state_dict"]
    for name, dtype in {"float": torch.float32, "half": torch.float16, "bf16": torch.bfloat16, "long": torch.int64, "bool": torch.bool,
                        "double": torch.float64, "int": torch.int32, "byte": torch.uint8}.items():
        assert weights[name].dtype == dtype and torch.equal(weights[name], (torch.arange(6) % 2).reshape(2, 3).to(dtype)), name
    assert weights["float8"].dtype == torch.float8_e4m3fn and weights["float8"].float().tolist() == [0.0, 1.0, 0.0, 1.0]
    assert weights["scalar"].shape == () and weights["scalar"].item() == 2.5 and weights["empty"].shape == (0, 4)
    assert torch.equal(weights["permuted"], torch.arange(6.0).reshape(2, 3).t()) and weights["permuted"].is_contiguous()
    assert weights["tied"].data_ptr() == weights["float"].data_ptr()
    assert list(weights)[:2] == ["float", "half"]
    optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.zeros(2, 3))])
    optimizer.load_state_dict(read["optimizer_state_dict"])
    assert optimizer.param_groups[0]["lr"] == 1e-4 and optimizer.state_dict()["state"][0]["step"].item() == 7


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    files = {
        "state_dict.pt": (state_dict(), {}), "new_dtypes.pt": (new_dtypes(), {}), "source_run.pt": (source_run(), {}),
        "values.pt": (values(), {}), "values_protocol4.pt": (values(), {"pickle_protocol": 4}), "lightning.ckpt": (lightning(), {}),
        "legacy.pt": (state_dict(), {"_use_new_zipfile_serialization": False}), "single_tensor.pt": (ramp(2, 3), {}),
        "hostile.pt": ({"weights": ramp(4), "payload": Hostile()}, {}),
        "hostile_legacy.pt": ({"weights": ramp(4), "payload": Hostile()}, {"_use_new_zipfile_serialization": False}),
    }
    expected = {"made_by": f"torch {torch.__version__}, numpy {np.__version__}", "files": {}}
    for name, (content, options) in files.items():
        torch.save(content, OUT / name, **options)
        found = {}
        if "hostile" not in name:  # it would run
            describe(torch.load(OUT / name, weights_only=False), "", found)
        expected["files"][name] = found
    (OUT / "expected.json").write_text(json.dumps(expected, separators=(",", ":")).replace('{"dtype"', '\n{"dtype"') + "\n")
    if (OUT / "written_by_darkroom.pt").exists():
        check_written()


if __name__ == "__main__":
    main()
