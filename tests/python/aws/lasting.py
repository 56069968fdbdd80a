"""Keys and ciphertexts outlive what happens to the vault around them.

    lasting.py SETTINGS keep|hold|revoked FILE

`keep` makes them and writes down in FILE what has to hold; `hold` looks whether
it does; `revoked` finds alice's access key worth nothing.
"""

import base64
import json
import os
import sys
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from rig import SETTINGS, arn, client, refused

from boto_crypto import made
from boto_import import imported

FILE = Path(sys.argv[3])
CONTEXT = {"stage": "kept"}


def keep():
    kms = client()
    plain, alias = made(kms), "alias/kept"
    kms.create_alias(AliasName=alias, TargetKeyId=plain)
    kept = {"blobs": [], "key": plain}
    for n in range(3):
        blob = kms.encrypt(KeyId=alias, Plaintext=b"kept %d" % n, EncryptionContext=CONTEXT)["CiphertextBlob"]
        kept["blobs"].append(base64.b64encode(blob).decode())
        kms.rotate_key_on_demand(KeyId=plain)
    external = imported(kms, os.urandom(32))
    kept["external"] = base64.b64encode(kms.encrypt(KeyId=external, Plaintext=b"external")["CiphertextBlob"]).decode()
    kept["sign"] = made(kms, KeySpec="ECC_NIST_P384", KeyUsage="SIGN_VERIFY")
    signed = kms.sign(KeyId=kept["sign"], Message=b"kept", SigningAlgorithm="ECDSA_SHA_384")
    kept["signature"] = base64.b64encode(signed["Signature"]).decode()
    kept["public"] = base64.b64encode(kms.get_public_key(KeyId=kept["sign"])["PublicKey"]).decode()
    kept["mac_key"] = made(kms, KeySpec="HMAC_512", KeyUsage="GENERATE_VERIFY_MAC")
    kept["mac"] = base64.b64encode(
        kms.generate_mac(KeyId=kept["mac_key"], Message=b"kept", MacAlgorithm="HMAC_SHA_512")["Mac"]
    ).decode()
    kept["disabled"] = made(kms)
    kms.disable_key(KeyId=kept["disabled"])
    kept["going"] = made(kms)
    kept["goes"] = kms.schedule_key_deletion(KeyId=kept["going"], PendingWindowInDays=9)["DeletionDate"].timestamp()
    kms.create_grant(KeyId=plain, GranteePrincipal=SETTINGS["bob"]["arn"], Operations=["Decrypt"])
    kms.tag_resource(KeyId=plain, Tags=[{"TagKey": "kept", "TagValue": "yes"}])
    FILE.write_text(json.dumps(kept))


def hold():
    kept = json.loads(FILE.read_text())
    blob = {name: base64.b64decode(kept[name]) for name in ["external", "signature", "public", "mac"]}
    kms = client()
    for who in [kms, client("bob")]:
        for n, sealed in enumerate(kept["blobs"]):
            opened = who.decrypt(CiphertextBlob=base64.b64decode(sealed), EncryptionContext=CONTEXT)
            assert (opened["Plaintext"], opened["KeyId"]) == (b"kept %d" % n, arn(kept["key"]))
    assert kms.decrypt(CiphertextBlob=blob["external"])["Plaintext"] == b"external"
    assert kms.describe_key(KeyId="alias/kept")["KeyMetadata"]["KeyId"] == kept["key"]
    assert kms.list_resource_tags(KeyId=kept["key"])["Tags"] == [{"TagKey": "kept", "TagValue": "yes"}]
    ask = {"KeyId": kept["sign"], "Message": b"kept", "SigningAlgorithm": "ECDSA_SHA_384"}
    assert kms.verify(Signature=blob["signature"], **ask)["SignatureValid"]
    assert kms.get_public_key(KeyId=kept["sign"])["PublicKey"] == blob["public"]
    public = serialization.load_der_public_key(blob["public"])
    public.verify(kms.sign(**ask)["Signature"], b"kept", ec.ECDSA(hashes.SHA384()))
    assert kms.verify_mac(KeyId=kept["mac_key"], Message=b"kept", MacAlgorithm="HMAC_SHA_512", Mac=blob["mac"])[
        "MacValid"
    ]
    refused("DisabledException", kms.encrypt, KeyId=kept["disabled"], Plaintext=b"x")
    refused("KMSInvalidStateException", kms.encrypt, KeyId=kept["going"], Plaintext=b"x")
    assert kms.describe_key(KeyId=kept["going"])["KeyMetadata"]["DeletionDate"].timestamp() == kept["goes"]
    # And it goes on: another version, and what is encrypted under it.
    kms.rotate_key_on_demand(KeyId=kept["key"])
    more = kms.encrypt(KeyId="alias/kept", Plaintext=b"kept %d" % len(kept["blobs"]), EncryptionContext=CONTEXT)
    kept["blobs"].append(base64.b64encode(more["CiphertextBlob"]).decode())
    FILE.write_text(json.dumps(kept))


def revoked():
    kept = json.loads(FILE.read_text())
    kms, sealed = client(), base64.b64decode(kept["blobs"][0])
    refused("UnrecognizedClientException", kms.decrypt, CiphertextBlob=sealed, EncryptionContext=CONTEXT)
    refused("UnrecognizedClientException", kms.list_keys)
    assert client("bob").decrypt(CiphertextBlob=sealed, EncryptionContext=CONTEXT)["Plaintext"] == b"kept 0"


if __name__ == "__main__":
    {"keep": keep, "hold": hold, "revoked": revoked}[sys.argv[2]]()
