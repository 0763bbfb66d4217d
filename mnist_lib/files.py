"""Write a file whole, or not at all."""

import os
from pathlib import Path


def write_whole(path, content):
    """Write text (UTF-8, newlines as they are) or bytes to ``path``: all of it, or nothing."""
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
