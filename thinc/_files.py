"""Reading files, and replacing them as a whole or not at all."""

import errno
import os
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def replace_file(path: Any, pieces: Iterable[bytes | bytearray | memoryview]) -> None:
    """Write next to `path`, then move the file there; devices and pipes are written directly.

    What is no path of the file system, but can be opened, like a member of a zip file, is written directly
    too. The draft's name is short whatever the file's is, which may be as long as the system allows.
    """
    given = path
    if _is_elsewhere(path):
        with path.open("wb") as file:
            file.writelines(pieces)
        return
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        with open(path, "wb") as file:
            file.writelines(pieces)
        return
    if not path.parent.exists():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), os.fspath(given))
    draft = path.with_name(f".{uuid.uuid4().hex[:12]}.tmp")
    try:
        with open(draft, "xb") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, draft)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def read_file(path: Any) -> bytes:
    """All bytes of a file, or of what can be opened like one."""
    if _is_elsewhere(path):
        with path.open("rb") as file:
            return file.read()
    return Path(path).read_bytes()


def is_file(path: Any) -> bool:
    """Whether there is something to read."""
    return path.is_file() if _is_elsewhere(path) else Path(path).is_file()


def _is_elsewhere(path: Any) -> bool:
    return not isinstance(path, (str, os.PathLike)) and hasattr(path, "open")
