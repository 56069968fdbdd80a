"""SOPS with a key of ours: a YAML file encrypted, read, changed, rotated.

sops_files.py SETTINGS
"""

import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from rig import arn, client, environment

SECRETS = """\
database:
    user: app
    password: correct horse battery staple
replicas: 3
"""


def main():
    kms = client()
    key, other = (arn(kms.create_key()["KeyMetadata"]["KeyId"]) for _ in range(2))
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "secrets.yaml"
        file.write_text(SECRETS)

        def sops(*arguments, who="alice", fails=False):
            done = subprocess.run(
                ["sops", *arguments], env=environment(who), cwd=directory, capture_output=True, text=True, check=False
            )
            assert (done.returncode != 0) == fails, f"sops {arguments}: {done.returncode}: {done.stderr}"
            return done.stderr if fails else done.stdout

        context = ["--encryption-context", "app:web"]
        sops("encrypt", "--kms", key, *context, "--in-place", "secrets.yaml")
        hidden = file.read_text()
        assert "correct horse" not in hidden and "password: ENC[" in hidden and key in hidden
        assert yaml.safe_load(sops("decrypt", "secrets.yaml")) == yaml.safe_load(SECRETS)
        sops("set", "secrets.yaml", '["database"]["password"]', '"tr0ub4dor&3"')
        assert sops("decrypt", "--extract", '["database"]["password"]', "secrets.yaml") == "tr0ub4dor&3"
        # An editor that changes what it is shown.
        editor = Path(directory) / "editor"
        editor.write_text("#!/bin/sh\nsed -i 's/replicas: 3/replicas: 5/' \"$1\"\n")
        editor.chmod(0o700)
        edited = subprocess.run(
            ["sops", "edit", "secrets.yaml"],
            env={**environment(), "EDITOR": str(editor)},
            cwd=directory,
            capture_output=True,
            text=True,
            check=False,
        )
        assert edited.returncode == 0, edited.stderr
        assert yaml.safe_load(sops("decrypt", "secrets.yaml"))["replicas"] == 5
        # A new data key, under a second key beside the first; then the first is taken out,
        # which sops finds by its name and context together.
        sops("rotate", "--in-place", "--add-kms", other, *context, "secrets.yaml")
        sops("rotate", "--in-place", "--rm-kms", key, *context, "secrets.yaml")
        assert key not in file.read_text() and other in file.read_text()
        assert yaml.safe_load(sops("decrypt", "secrets.yaml"))["replicas"] == 5
        # Who has no grant, and nobody while the key is disabled.
        sops("decrypt", "secrets.yaml", who="bob", fails=True)
        kms.disable_key(KeyId=other)
        assert "DisabledException" in sops("decrypt", "secrets.yaml", fails=True)
        kms.enable_key(KeyId=other)
        assert yaml.safe_load(sops("decrypt", "secrets.yaml"))["database"]["password"] == "tr0ub4dor&3"
    print("a YAML file through sops")


if __name__ == "__main__":
    sys.exit(main())
