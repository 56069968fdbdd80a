#!/usr/bin/env python3
"""Runs open_vectors.py in an environment of its own under `target/`.

    python3 tests/python/run.py [TARGET_DIR]

The pinned packages are installed once, from requirements.txt, each against its
hash. Status: 0 all vectors as they should be; 1 not; 69 the packages are not
there and could not be fetched (no network).
"""
import hashlib
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main():
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent.parent / "target"
    requirements = HERE / "requirements.txt"
    pinned = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:16]
    home = target / f"python-vectors-{pinned}"
    python = home / "bin" / "python"
    if not (home / "installed").exists():
        venv.create(home, clear=True, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
                   "--require-hashes", "--only-binary", ":all:", "--requirement", requirements]
        if subprocess.run(install, check=False).returncode != 0:
            print("the pinned packages could not be installed", file=sys.stderr)
            return 69
        (home / "installed").touch()
    return subprocess.run([python, HERE / "open_vectors.py"], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
