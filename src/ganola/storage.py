"""Writing files whole: under a temporary name beside the target, renamed into place when complete."""

import contextlib
import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ganola.errors import GanolaError, InputError, MachineError

PARTIAL = ".*.partial"  # the pattern of temporary names


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A temporary path that becomes `path` if the block succeeds, and vanishes if it does not.

    Raises MachineError where the disk is full or the folder cannot be written.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield partial
        partial.replace(path)
    except OSError as error:
        raise machine_error(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            partial.unlink()


def write_whole(path: Path, content: bytes | str, *, lasting: bool = False) -> None:
    """Write `content` (text as UTF-8) to `path`, whole or not at all.

    `lasting` waits until the disk has it, so that not even a power cut can leave less: for what took long to make.
    """
    data = content.encode() if isinstance(content, str) else content
    with whole_file(path) as partial:
        partial.write_bytes(data)
        if lasting:
            with partial.open("rb+") as file:
                os.fsync(file.fileno())


def json_bytes(value: Any) -> bytes:
    """Return `value` as JSON with sorted keys; what of a name is no UTF-8 is escaped, and reads as it was."""
    text = json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    return text.encode(errors="backslashreplace")  # \udce9, as JSON itself writes it


def write_json(path: Path, value: Any) -> None:
    """Write `value` as JSON (see `json_bytes`), whole or not at all."""
    write_whole(path, json_bytes(value))


def within(folder: Path, name: str) -> Path:
    """The path of a file in `folder`. Raises InputError where its name, from a file, leads out of it."""
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"the name {name} leads out of {folder}", "Nothing was written there. Check where it is from.")
    return path


def machine_error(error: OSError, path: Path) -> GanolaError:
    """The operating system's refusal to read or write `path`, as a person should read it."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return MachineError(f"the disk is full: {path} was not written", "Free some space and try again.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return InputError(f"no permission to use {path}", "Choose a place that you may write to.")
    if error.errno in (errno.ENOTDIR, errno.EEXIST, errno.EISDIR, errno.ENOENT, errno.ENAMETOOLONG, errno.ELOOP):
        return InputError(f"{path} cannot be used: {error.strerror}", "Check the name, and the folders it lies in.")
    return MachineError(f"{path}: {error.strerror or error}", "Check the disk and try again.")
