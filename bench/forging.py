"""Files of ganola's own that are changed: their bytes, a value with all checksums made right again, or all of them."""

import json
import os
import random
from pathlib import Path
from typing import Any

import numpy as np

from fuzz import damaged, reworded
from ganola.checksums import CHECKSUM, checksum_of, fill_checksum, with_checksum

ABSURD: tuple[Any, ...] = (
    None, True, 0, -1, 0.5, 1e9, 10**9, -(10**30), float("nan"), float("inf"), "", "x", "\x1b[31m", "A" * 10_000, [],
    {}, [[]], [None], {"a": 1}, [1] * 1000,
)  # fmt: skip


def damage(world: Path, name: str, chance: random.Random) -> bool:
    """Change bytes of a file; whether any are other than before."""
    path = world / name
    before = path.read_bytes()
    path.write_bytes(damaged(before, chance))
    return path.read_bytes() != before


def forge(world: Path, name: str, chance: random.Random) -> bool:
    """Change a value in a file and make all checksums right again."""
    path = world / name
    before = path.read_bytes()
    FORGERS[path.suffix](path, chance)
    if (path.parent / "manifest.json").exists() and path.name != "manifest.json":
        manifest = json.loads((path.parent / "manifest.json").read_bytes())
        manifest["files"][path.name] = checksum_of(path.read_bytes())
        write_checked(path.parent / "manifest.json", manifest)
    return path.read_bytes() != before


def replace_by_no_file(world: Path, name: str, chance: random.Random) -> bool:
    """Put nothing, a folder, a pipe, a device or an empty file in place of a file."""
    path = world / name
    path.unlink()
    match chance.choice(["nothing", "folder", "pipe", "device", "empty", "loop"]):
        case "folder":
            path.mkdir()
        case "pipe":
            os.mkfifo(path)
        case "device":
            path.symlink_to("/dev/zero")
        case "empty":
            path.touch()
        case "loop":
            path.symlink_to(path)
    return True


def forge_json(path: Path, chance: random.Random) -> None:
    write_checked(path, changed(json.loads(path.read_bytes()), chance))


def forge_lines(path: Path, chance: random.Random) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines:
        return
    at = chance.randrange(len(lines))
    value = json.loads(lines[at])
    own = CHECKSUM in value
    value = changed(value, chance)
    if own and isinstance(value, dict):
        value.pop(CHECKSUM, None)
        value = with_checksum(value)
    lines[at : at + 1] = [json.dumps(value)] * chance.choice([0, 1, 1, 1, 2])
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def forge_toml(path: Path, chance: random.Random) -> None:
    text = path.read_bytes()
    if chance.random() < 0.1:
        text += b"deep = " + b"[" * 100_000 + b"]" * 100_000
    path.write_bytes(reworded(text, chance))


def forge_array(path: Path, chance: random.Random) -> None:
    array = np.load(path, allow_pickle=False)
    if len(array) and chance.random() < 0.6:
        raw = array.view(np.uint8).reshape(len(array), -1).copy()
        for _ in range(chance.choice([1, 3])):
            raw[chance.randrange(len(raw)), chance.randrange(raw.shape[1])] = chance.choice([0, 1, 127, 128, 255])
        array = raw.reshape(-1).view(array.dtype)
    else:
        others = [array[:-1], array[::-1], array.reshape(1, -1), np.zeros(len(array), "V16"), np.zeros(3), array[:0]]
        array = others[chance.randrange(len(others))]
    np.save(path, array, allow_pickle=False)


def forge_tensors(path: Path, chance: random.Random) -> None:
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    header, body = json.loads(data[8 : 8 + length]), bytearray(data[8 + length :])
    about = header["__metadata__"]
    key = chance.choice([key for key in about if key != CHECKSUM])
    tensors = [name for name in header if name != "__metadata__"]
    match chance.randrange(4):
        case 0 if tensors:
            start, end = header[chance.choice(tensors)]["data_offsets"]
            number = chance.choice([float("nan"), float("inf"), -1e30, 1e38, 0.0])
            if end - start >= 4:
                body[start : start + 4] = np.float32(number).tobytes()
        case 1 if tensors:
            header.pop(chance.choice(tensors))  # its bytes stay, which no file has
        case 2 if tensors:
            name = chance.choice(tensors)
            header[f"{name}x"] = header.pop(name)
        case _:
            deep = chance.random() < 0.05
            about[key] = "[" * 100_000 if deep else json.dumps(changed(json.loads(about[key]), chance))
    about[CHECKSUM] = "0" * 64
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(fill_checksum(len(text).to_bytes(8, "little") + text + bytes(body)))


def forge_text(path: Path, chance: random.Random) -> None:
    path.write_bytes(reworded(path.read_bytes(), chance))


FORGERS = {
    ".json": forge_json,
    ".jsonl": forge_lines,
    ".toml": forge_toml,
    ".npy": forge_array,
    ".safetensors": forge_tensors,
    "": forge_text,
    ".txt": forge_text,
}
MUTATORS = {"damage": damage, "forgery": forge, "no file": replace_by_no_file}


def write_checked(path: Path, value: Any) -> None:
    if isinstance(value, dict):
        value.pop(CHECKSUM, None)
        value = with_checksum(value)
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")


def changed(value: Any, chance: random.Random) -> Any:
    """A JSON value, one of the values in it absurd, gone, wrapped, or another than before."""
    if isinstance(value, dict | list) and value and chance.random() < 0.9:
        keys = list(value) if isinstance(value, dict) else range(len(value))
        key = chance.choice([key for key in keys if key != CHECKSUM] or list(keys))
        if chance.random() < 0.15:
            del value[key]
        else:
            value[key] = changed(value[key], chance)
        return value
    if isinstance(value, int | float) and chance.random() < 0.4:
        return value + chance.choice([1, -1, 0.5, 1000])
    return chance.choice([*ABSURD, [value], {"x": value}])
