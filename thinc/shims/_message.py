"""The bytes of a shim: MessagePack of its config and of one thing that the framework wrote."""

from .. import _msgpack
from .shim import Shim

# Bytes of memory that the settings of a wrapped model may take, beside twice those of the data.
_SETTINGS_MEMORY = 4 << 20


def message(shim: Shim, data: bytes, content: str) -> dict:
    """The decoded bytes of a shim.

    Raises:
        ValueError: they do not hold a config and the content.
    """
    decoded = _msgpack.Reader(data, _SETTINGS_MEMORY).read()
    if not isinstance(decoded, dict) or not isinstance(decoded.get("config"), dict) or content not in decoded:
        raise ValueError(
            f"{type(shim).__name__}.from_bytes: a map with 'config' and '{content}' is required; got "
            + (f"keys {list(decoded)}" if isinstance(decoded, dict) else type(decoded).__name__)
        )
    return decoded
