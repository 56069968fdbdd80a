#!/usr/bin/env python3
"""Runs a script of this directory in an environment of its own under `target/`.

    python3 tests/python/imperal/run.py TARGET_DIR SCRIPT ARGUMENTS...

The pinned packages are installed once, from requirements.lock, each against its
hash. Status: the script's; 69 the packages are not there and could not be
fetched (no network).
"""
import fcntl
import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
UNAVAILABLE = 69


def main():
    target, script, arguments = Path(sys.argv[1]), sys.argv[2], sys.argv[3:]
    lock = HERE / "requirements.lock"
    pinned = hashlib.sha256(lock.read_bytes() + sys.version.encode()).hexdigest()[:16]
    home = target / f"python-imperal-{pinned}"
    python = home / "bin" / "python"
    target.mkdir(parents=True, exist_ok=True)
    # Tests run beside each other: one of them installs, the others wait.
    with open(target / f"python-imperal-{pinned}.lock", "w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not (home / "installed").exists():
            venv.create(home, clear=True, with_pip=True)
            install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
                       "--require-hashes", "--only-binary", ":all:", "--requirement", lock]
            if subprocess.run(install, check=False).returncode != 0:
                print("the pinned packages could not be installed", file=sys.stderr)
                return UNAVAILABLE
            (home / "installed").touch()
    environment = {name: value for name, value in os.environ.items()
                   if not name.startswith("IMPERAL_") and not name.lower().endswith("_proxy")}
    return subprocess.run([python, HERE / script, *arguments], env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
