"""A suite that was written for an emulator, with a vault of its own around it.

migrated.py SETTINGS
"""

import json
import os
import subprocess
import sys
from pathlib import Path

SUITE = Path(__file__).resolve().parent / "suite"


def main():
    settings = json.loads(Path(sys.argv[1]).read_text())
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["TMPDIR"],
        "TMPDIR": os.environ["TMPDIR"],
        "LANG": "C.UTF-8",
    }
    command = [
        settings["vaultd"],
        "dev",
        "--aws",
        "--ephemeral",
        "--seed",
        "seed.toml",
        "--",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(command, cwd=SUITE, env=environment, capture_output=True, text=True, check=False)
    print(done.stdout, done.stderr)
    assert done.returncode == 0 and "3 passed" in done.stdout
    # The status is the suite's: 5, nothing was collected.
    done = subprocess.run(
        [*command, "-k", "nothing"], cwd=SUITE, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 5, done


if __name__ == "__main__":
    sys.exit(main())
