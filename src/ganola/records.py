"""Reading files that ganola wrote: one way, so that whatever has become of a file, its owner is told in one line.

A record is a JSON object of a known type (a dataclass or a pydantic model) that carries its checksum.
"""

import hashlib
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from io import FileIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from ganola.checksums import DamagedError, with_checksum, without_checksum
from ganola.errors import InputError
from ganola.faults import value_fault
from ganola.storage import machine_error

T = TypeVar("T")

_adapter: Callable[[Any], Any] = cache(TypeAdapter)  # one a type: to make it takes a while


@contextmanager
def open_file(path: Path, remedy: str = "Check the name.") -> Iterator[FileIO]:
    """Open a file to be read, unbuffered.

    Raises InputError, with `remedy`, where it is missing, or no file of the disk (a folder, a pipe, a device), for
    which one could wait for ever; and MachineError where the disk fails.
    """
    with say_what_failed(path, remedy), open_regular(path, remedy) as file:
        yield file


@contextmanager
def say_what_failed(path: Path, remedy: str) -> Iterator[None]:
    """Raise InputError or MachineError, as `open_file` does, where the system fails to read a file in the block."""
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(f"there is no file {path}", remedy) from error
    except OSError as error:
        raise machine_error(error, path) from error


def open_regular(path: Path, remedy: str) -> FileIO:
    """Open a file to be read, unbuffered. Raises OSError where the system fails; InputError where it is no file."""
    # Without O_NONBLOCK, opening a pipe waits for somebody to write to it.
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise InputError(f"{path} is no file that can be read: it is a folder, pipe or device", remedy)
    return FileIO(descriptor)


def read_file(path: Path, remedy: str = "Check the name.") -> bytes:
    """Return the content of a file. Raises what `open_file` raises."""
    with open_file(path, remedy) as file:
        return file.read()


def checksum_of_file(path: Path) -> str:
    """Return the checksum of a file's content, of which no more than a little is in memory at once."""
    with open_file(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def open_checked(path: Path, checksum: str, remedy: str) -> Iterator[FileIO]:
    """Open a file to be read, unbuffered, if its content is that of a checksum. Raises InputError where it is not."""
    with open_file(path, remedy) as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != checksum:
            raise InputError(f"{path} is damaged: it is not as it was written", remedy)
        file.seek(0)
        yield file


def parse_json(text: bytes | str) -> Any:
    """Return the value that is written as JSON. Raises DamagedError for what is no JSON, or absurdly nested."""
    try:
        return json.loads(text)
    except RecursionError as error:
        raise DamagedError("it is nested too deep") from error
    except ValueError as error:  # no UTF-8, no JSON, or a number of thousands of digits
        raise DamagedError("it is not valid JSON") from error


def checked(value: object, kind: type[T]) -> T:
    """Return a value that came from JSON as `kind`, its types and bounds checked. Raises DamagedError."""
    try:
        return _adapter(kind).validate_python(value)
    except ValidationError as error:
        raise DamagedError(value_fault(error.errors()[0])[0]) from error
    except RecursionError as error:
        raise DamagedError("it is nested too deep") from error


def record_text(record: object, indent: int | None = None) -> str:
    """Return a dataclass or pydantic model as JSON with its checksum, for `parse_record`; what a name holds that is no
    UTF-8 is written as an escape."""
    return json.dumps(with_checksum(_plain(record)), indent=indent)


def json_of(value: object) -> str:
    """Return a dataclass, a pydantic model or what JSON can hold as JSON, without a checksum."""
    return json.dumps(_plain(value))


def _plain(value: object) -> Any:
    """The same, made of what JSON can hold."""
    return _adapter(type(value)).dump_python(value, mode="json")


def parse_record(text: bytes | str, kind: type[T]) -> T:
    """Return the record that `record_text` wrote. Raises DamagedError."""
    value = parse_json(text)
    if not isinstance(value, dict):
        raise DamagedError("it is not a record")
    return checked(without_checksum(value), kind)


def read_record(path: Path, kind: type[T], remedy: str) -> T:
    """Return the record that a file holds. Raises InputError, at damage with `remedy`."""
    try:
        return parse_record(read_file(path), kind)
    except DamagedError as error:
        raise InputError(f"{path} is damaged: {error}", remedy) from error


def read_log(path: Path, kind: type[T]) -> tuple[list[T], int]:
    """Return the records of a log, one a line, and how many lines are left out because they are damaged.

    A last line that a crash cut off is not counted. Raises InputError where the log is no file.
    """
    found: list[T] = []
    damaged = 0
    for line in _lines(read_file(path)):
        try:
            found.append(parse_record(line, kind))
        except DamagedError:
            damaged += 1
    return found, damaged


def _lines(data: bytes) -> Iterator[bytes]:
    yield from data.split(b"\n")[:-1]
