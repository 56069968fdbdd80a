#!/usr/bin/env python3
"""Runs a script of this directory in an environment of its own under `target/`.

    python3 tests/python/aws/run.py TARGET_DIR SCRIPT ARGUMENTS...

The pinned packages are installed once, from requirements.txt, each against its
hash, and the JavaScript client from its lock file beside them. Status: the
script's; 69 the packages are not there and could not be fetched (no network),
or there is no Node.js for the JavaScript client.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
JAVASCRIPT = HERE.parent.parent / "js" / "aws"
UNAVAILABLE = 69


def main():
    target, script, arguments = Path(sys.argv[1]).resolve(), sys.argv[2], sys.argv[3:]
    target.mkdir(parents=True, exist_ok=True)
    home = once(target, "python-aws", (HERE / "requirements.txt").read_bytes() + sys.version.encode(), install_python)
    if home is None:
        return UNAVAILABLE
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "SOPS_")) and not name.lower().endswith("_proxy")
    }
    environment["PATH"] = f"{home / 'bin'}:{environment['PATH']}"
    if script.endswith(".cjs"):
        if not (shutil.which("node") and shutil.which("npm")):
            print("there is no node with npm", file=sys.stderr)
            return UNAVAILABLE
        modules = once(target, "js-aws", (JAVASCRIPT / "package-lock.json").read_bytes(), install_javascript)
        if modules is None:
            return UNAVAILABLE
        environment["NODE_PATH"] = str(modules / "node_modules")
        command = ["node", JAVASCRIPT / script, *arguments]
    else:
        command = [home / "bin" / "python", HERE / script, *arguments]
    return subprocess.run(command, env=environment, check=False).returncode


def once(target, name, pins, install):
    """The directory for these pins, installed if it was not; none when that cannot be."""
    home = target / f"{name}-{hashlib.sha256(pins).hexdigest()[:16]}"
    # Tests run beside each other: one of them installs, the others wait.
    with open(home.with_suffix(".lock"), "w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        if not (home / "installed").exists():
            if not install(home):
                print(f"the pinned packages of {name} could not be installed", file=sys.stderr)
                return None
            (home / "installed").touch()
    return home


def install_python(home):
    venv.create(home, clear=True, with_pip=True)
    install = [
        home / "bin" / "python",
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--require-hashes",
        "--only-binary",
        ":all:",
        "--requirement",
        HERE / "requirements.txt",
    ]
    return subprocess.run(install, check=False).returncode == 0


def install_javascript(home):
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    for name in ["package.json", "package-lock.json"]:
        shutil.copy(JAVASCRIPT / name, home)
    install = ["npm", "ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]
    return subprocess.run(install, cwd=home, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
