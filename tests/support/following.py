"""Programs that print what they read and never end by themselves."""

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from threading import Thread
from typing import Final

from tests.support.polling import eventually

MORE_SECONDS: Final = 2.0


def printed_by(script: Path, arguments: Sequence[str], count: int, folder: Path) -> list[str]:
    """The lines that a script prints until there are `count`, and in the two seconds after that; then it is ended.

    It runs in `folder`, isolated, so that it finds none of this project's code.
    """
    found: list[str] = []
    with (folder / "errors.txt").open("w+") as errors:
        command = [sys.executable, "-I", "-u", "-X", "utf8", str(script.resolve()), *arguments]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=errors, encoding="utf-8")
        assert process.stdout is not None
        reader = Thread(target=found.extend, args=[process.stdout], daemon=True)
        reader.start()
        try:
            eventually(f"{count} lines of {script.name}", lambda: len(found) >= count or process.poll() is not None)
            time.sleep(MORE_SECONDS)  # what comes too much has to show, and nothing says that it will not come
        finally:
            process.kill()
            process.wait()
            reader.join()
            process.stdout.close()
        errors.seek(0)
        assert not (text := errors.read()), text
    return [line.rstrip("\n") for line in found]
