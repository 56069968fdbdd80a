"""The AWS CLI over every operation of the service, and some of its refusals.

    cli.py SETTINGS

Version 1, which is what the package registry has; it takes bytes as text or by
`fileb://`, and shows them as base64.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP

import boto
from rig import SETTINGS, arn, client, environment

BOB = SETTINGS["bob"]["arn"]
FILES = tempfile.TemporaryDirectory()
called = set()


def aws(command, *arguments, who="alice"):
    """What a command answers."""
    done = run(command, arguments, who)
    assert done.returncode == 0, f"{command}: {done.stderr}"
    called.add(command)
    return json.loads(done.stdout or "{}")


def refused(code, command, *arguments, who="alice"):
    """A command that fails, saying so."""
    done = run(command, arguments, who)
    assert done.returncode == 254 or done.returncode == 255, f"{command}: status {done.returncode}: {done.stderr}"
    assert f"({code})" in done.stderr, f"{command}: expected {code}: {done.stderr}"


def run(command, arguments, who):
    line = ["aws", "kms", command, "--output", "json", *arguments]
    return subprocess.run(line, env=environment(who), capture_output=True, text=True, check=False)


def fileb(content):
    """Bytes as the CLI reads them from a file; base64 text is decoded first."""
    content = base64.b64decode(content) if isinstance(content, str) else content
    handle, path = tempfile.mkstemp(dir=FILES.name)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return f"fileb://{path}"


def made(*arguments):
    return aws("create-key", *arguments)["KeyMetadata"]["KeyId"]


def keys_and_names():
    key = made("--description", "by the CLI", "--tags", "TagKey=team,TagValue=blue")
    assert aws("describe-key", "--key-id", key)["KeyMetadata"]["Arn"] == arn(key)
    aws("update-key-description", "--key-id", key, "--description", "new words")
    aws("tag-resource", "--key-id", key, "--tags", "TagKey=a,TagValue=b")
    aws("untag-resource", "--key-id", key, "--tag-keys", "team")
    assert aws("list-resource-tags", "--key-id", key)["Tags"] == [{"TagKey": "a", "TagValue": "b"}]
    aws("create-alias", "--alias-name", "alias/cli", "--target-key-id", key)
    other = made()
    aws("update-alias", "--alias-name", "alias/cli", "--target-key-id", other)
    # The CLI pages by itself.
    listed = aws("list-aliases", "--key-id", other, "--page-size", "1")["Aliases"]
    assert [alias["AliasName"] for alias in listed] == ["alias/cli"]
    assert {key, other} <= {item["KeyId"] for item in aws("list-keys", "--page-size", "2")["Keys"]}
    assert len(aws("list-keys", "--max-items", "1")["Keys"]) == 1
    aws("delete-alias", "--alias-name", "alias/cli")
    refused("NotFoundException", "describe-key", "--key-id", "alias/cli")
    policy = aws("get-key-policy", "--key-id", key, "--policy-name", "default")["Policy"]
    aws("put-key-policy", "--key-id", key, "--policy-name", "default", "--policy", policy)
    assert aws("list-key-policies", "--key-id", key)["PolicyNames"] == ["default"]
    refused(
        "MalformedPolicyDocumentException",
        "put-key-policy",
        "--key-id",
        key,
        "--policy-name",
        "default",
        "--policy",
        "{}",
    )


def states_and_rotation():
    key = made()
    aws("disable-key", "--key-id", key)
    refused("DisabledException", "encrypt", "--key-id", key, "--plaintext", "x")
    aws("enable-key", "--key-id", key)
    aws("enable-key-rotation", "--key-id", key, "--rotation-period-in-days", "100")
    assert aws("get-key-rotation-status", "--key-id", key)["RotationPeriodInDays"] == 100
    aws("disable-key-rotation", "--key-id", key)
    aws("rotate-key-on-demand", "--key-id", key)
    assert len(aws("list-key-rotations", "--key-id", key)["Rotations"]) == 1
    assert (
        aws("schedule-key-deletion", "--key-id", key, "--pending-window-in-days", "7")["KeyState"] == "PendingDeletion"
    )
    refused("KMSInvalidStateException", "encrypt", "--key-id", key, "--plaintext", "x")
    aws("cancel-key-deletion", "--key-id", key)


def encrypting():
    key, other = made(), made()
    context = ["--encryption-context", "purpose=test,stage=1"]
    blob = aws("encrypt", "--key-id", key, "--plaintext", "raw text: é", *context)["CiphertextBlob"]
    opened = aws("decrypt", "--ciphertext-blob", fileb(blob), *context)
    assert base64.b64decode(opened["Plaintext"]).decode() == "raw text: é" and opened["KeyId"] == arn(key)
    refused(
        "InvalidCiphertextException",
        "decrypt",
        "--ciphertext-blob",
        fileb(blob),
        "--encryption-context",
        "purpose=test",
    )
    moved = aws(
        "re-encrypt",
        "--ciphertext-blob",
        fileb(blob),
        "--destination-key-id",
        other,
        "--source-encryption-context",
        "purpose=test,stage=1",
    )["CiphertextBlob"]
    assert (
        base64.b64decode(aws("decrypt", "--ciphertext-blob", fileb(moved), "--key-id", other)["Plaintext"]).decode()
        == "raw text: é"
    )
    binary = bytes(range(256)) * 16
    blob = aws("encrypt", "--key-id", key, "--plaintext", fileb(binary))["CiphertextBlob"]
    assert base64.b64decode(aws("decrypt", "--ciphertext-blob", fileb(blob))["Plaintext"]) == binary
    data = aws("generate-data-key", "--key-id", key, "--key-spec", "AES_256")
    assert aws("decrypt", "--ciphertext-blob", fileb(data["CiphertextBlob"]))["Plaintext"] == data["Plaintext"]
    aws("generate-data-key-without-plaintext", "--key-id", key, "--number-of-bytes", "64")
    pair = aws("generate-data-key-pair", "--key-id", key, "--key-pair-spec", "ECC_NIST_P256")
    serialization.load_der_private_key(base64.b64decode(pair["PrivateKeyPlaintext"]), None)
    aws("generate-data-key-pair-without-plaintext", "--key-id", key, "--key-pair-spec", "ECC_NIST_P384")
    assert len(base64.b64decode(aws("generate-random", "--number-of-bytes", "33")["Plaintext"])) == 33
    refused("DryRunOperationException", "encrypt", "--key-id", key, "--plaintext", "x", "--dry-run")


def signing():
    key = made("--key-spec", "ECC_NIST_P256", "--key-usage", "SIGN_VERIFY")
    ask = ["--key-id", key, "--message", "signed by the CLI", "--signing-algorithm", "ECDSA_SHA_256"]
    signature = aws("sign", *ask)["Signature"]
    assert aws("verify", *ask, "--signature", fileb(signature))["SignatureValid"] is True
    ask[3] = "something else"
    refused("KMSInvalidSignatureException", "verify", *ask, "--signature", fileb(signature))
    public = serialization.load_der_public_key(base64.b64decode(aws("get-public-key", "--key-id", key)["PublicKey"]))
    public.verify(base64.b64decode(signature), b"signed by the CLI", ec.ECDSA(hashes.SHA256()))
    mac = made("--key-spec", "HMAC_256", "--key-usage", "GENERATE_VERIFY_MAC")
    ask = ["--key-id", mac, "--message", "message", "--mac-algorithm", "HMAC_SHA_256"]
    code = aws("generate-mac", *ask)["Mac"]
    assert aws("verify-mac", *ask, "--mac", fileb(code))["MacValid"] is True
    agree = made("--key-spec", "ECC_NIST_P256", "--key-usage", "KEY_AGREEMENT")
    theirs = ec.generate_private_key(ec.SECP256R1()).public_key()
    theirs = theirs.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    secret = aws(
        "derive-shared-secret", "--key-id", agree, "--key-agreement-algorithm", "ECDH", "--public-key", fileb(theirs)
    )
    assert len(base64.b64decode(secret["SharedSecret"])) == 32


def grants():
    key = made()
    grant = aws(
        "create-grant",
        "--key-id",
        key,
        "--grantee-principal",
        BOB,
        "--retiring-principal",
        BOB,
        "--operations",
        "Encrypt",
        "Decrypt",
    )
    blob = aws("encrypt", "--key-id", arn(key), "--plaintext", "by bob", who="bob")["CiphertextBlob"]
    assert [item["GrantId"] for item in aws("list-grants", "--key-id", key)["Grants"]] == [grant["GrantId"]]
    retirable = aws("list-retirable-grants", "--retiring-principal", BOB, who="bob")["Grants"]
    assert grant["GrantId"] in [item["GrantId"] for item in retirable]
    aws("retire-grant", "--grant-token", grant["GrantToken"], who="bob")
    refused("InvalidCiphertextException", "decrypt", "--ciphertext-blob", fileb(blob), who="bob")
    grant = aws("create-grant", "--key-id", key, "--grantee-principal", BOB, "--operations", "Encrypt")
    aws("revoke-grant", "--key-id", key, "--grant-id", grant["GrantId"])
    refused("NotFoundException", "encrypt", "--key-id", arn(key), "--plaintext", "by bob", who="bob")


def importing():
    key = made("--origin", "EXTERNAL")
    given = aws(
        "get-parameters-for-import",
        "--key-id",
        key,
        "--wrapping-algorithm",
        "RSAES_OAEP_SHA_256",
        "--wrapping-key-spec",
        "RSA_2048",
    )
    public = serialization.load_der_public_key(base64.b64decode(given["PublicKey"]))
    wrapped = public.encrypt(os.urandom(32), OAEP(MGF1(hashes.SHA256()), hashes.SHA256(), None))
    aws(
        "import-key-material",
        "--key-id",
        key,
        "--import-token",
        fileb(given["ImportToken"]),
        "--encrypted-key-material",
        fileb(wrapped),
        "--expiration-model",
        "KEY_MATERIAL_DOES_NOT_EXPIRE",
    )
    aws("encrypt", "--key-id", key, "--plaintext", "imported")
    aws("delete-imported-key-material", "--key-id", key)
    refused("KMSInvalidStateException", "encrypt", "--key-id", key, "--plaintext", "x")


def main():
    # A program start each, which is most of the time.
    with ThreadPoolExecutor(2) as pool:
        for done in [
            pool.submit(check)
            for check in [keys_and_names, states_and_rotation, encrypting, signing, grants, importing]
        ]:
            done.result()
    offered = {
        name for name, operation in client().meta.method_to_api_mapping.items() if operation not in boto.NOT_OFFERED
    }
    missing = offered - {command.replace("-", "_") for command in called}
    assert not missing, f"never called: {sorted(missing)}"
    print(f"{len(called)} commands of the AWS CLI")


if __name__ == "__main__":
    sys.exit(main())
