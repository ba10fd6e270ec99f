"""Files that are replaced as a whole or not at all."""

import os
import shutil
import uuid
from collections.abc import Iterable
from pathlib import Path


def replace_file(path: Path | str, pieces: Iterable[bytes | bytearray | memoryview]) -> None:
    """Write next to `path`, then move the file there; devices and pipes are written directly.

    The draft's name is short whatever the file's is, which may be as long as the system allows.
    """
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        with open(path, "wb") as file:
            file.writelines(pieces)
        return
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
