"""Importing key material by boto3, wrapped by the `cryptography` package."""

import datetime
import os

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP
from cryptography.hazmat.primitives.keywrap import aes_key_wrap_with_padding

from rig import arn, client, ok, raw_client, refused

from boto_crypto import made
from boto_keys import NOBODYS

HASHES = {
    "RSAES_OAEP_SHA_1": hashes.SHA1(),
    "RSAES_OAEP_SHA_256": hashes.SHA256(),
    "RSA_AES_KEY_WRAP_SHA_1": hashes.SHA1(),
    "RSA_AES_KEY_WRAP_SHA_256": hashes.SHA256(),
}
FOREVER = {"ExpirationModel": "KEY_MATERIAL_DOES_NOT_EXPIRE"}


def wrapped(kms, key, material, wrapping="RSA_AES_KEY_WRAP_SHA_256", spec="RSA_3072"):
    """Parameters of a fresh import and the material wrapped to them."""
    given = ok(kms.get_parameters_for_import(KeyId=key, WrappingAlgorithm=wrapping, WrappingKeySpec=spec))
    assert given["KeyId"] == arn(key)
    valid = given["ParametersValidTo"] - datetime.datetime.now(datetime.UTC)
    assert abs(valid - datetime.timedelta(days=1)) < datetime.timedelta(hours=1), valid
    public = serialization.load_der_public_key(given["PublicKey"])
    assert public.key_size == int(spec[-4:])
    oaep = OAEP(MGF1(HASHES[wrapping]), HASHES[wrapping], None)
    if not isinstance(material, bytes):
        material = material.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    if "KEY_WRAP" in wrapping:
        inner = os.urandom(32)
        material = public.encrypt(inner, oaep) + aes_key_wrap_with_padding(inner, material)
    else:
        material = public.encrypt(material, oaep)
    return {"KeyId": key, "ImportToken": given["ImportToken"], "EncryptedKeyMaterial": material}


def imported(kms, material, **spec):
    """A key with this material."""
    key = made(kms, Origin="EXTERNAL", **spec)
    assert ok(kms.import_key_material(**wrapped(kms, key, material), **FOREVER))["KeyId"] == arn(key)
    return key


def material_is_imported_by_every_wrapping():
    kms = client()
    material = os.urandom(32)
    for wrapping in HASHES:
        for spec in ["RSA_2048", "RSA_3072", "RSA_4096"]:
            key = made(kms, Origin="EXTERNAL")
            state = kms.describe_key(KeyId=key)["KeyMetadata"]
            assert (state["KeyState"], state["Origin"]) == ("PendingImport", "EXTERNAL")
            refused("KMSInvalidStateException", kms.encrypt, KeyId=key, Plaintext=b"x")
            ok(kms.import_key_material(**wrapped(kms, key, material, wrapping, spec), **FOREVER))
            state = kms.describe_key(KeyId=key)["KeyMetadata"]
            assert (state["KeyState"], state["ExpirationModel"]) == ("Enabled", "KEY_MATERIAL_DOES_NOT_EXPIRE")
            blob = kms.encrypt(KeyId=key, Plaintext=b"imported")["CiphertextBlob"]
            assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"imported"


def private_keys_are_imported():
    kms = client()
    pair = rsa.generate_private_key(65_537, 2_048)
    key = imported(kms, pair, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    blob = pair.public_key().encrypt(b"to it", OAEP(MGF1(hashes.SHA256()), hashes.SHA256(), None))
    assert (
        kms.decrypt(KeyId=key, CiphertextBlob=blob, EncryptionAlgorithm="RSAES_OAEP_SHA_256")["Plaintext"] == b"to it"
    )
    other = ec.generate_private_key(ec.SECP384R1())
    key = made(kms, Origin="EXTERNAL", KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    refused("IncorrectKeyMaterialException", kms.import_key_material, **wrapped(kms, key, other), **FOREVER)


def deleted_material_comes_back_and_only_the_same():
    kms = client()
    material = os.urandom(32)
    key = imported(kms, material)
    blob = kms.encrypt(KeyId=key, Plaintext=b"before")["CiphertextBlob"]
    assert ok(kms.delete_imported_key_material(KeyId=key))["KeyId"] == arn(key)
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingImport"
    refused("KMSInvalidStateException", kms.decrypt, CiphertextBlob=blob, KeyId=key)
    refused("IncorrectKeyMaterialException", kms.import_key_material, **wrapped(kms, key, os.urandom(32)), **FOREVER)
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=2)
    ok(kms.import_key_material(**wrapped(kms, key, material), ExpirationModel="KEY_MATERIAL_EXPIRES", ValidTo=until))
    assert kms.decrypt(CiphertextBlob=blob)["Plaintext"] == b"before"
    state = kms.describe_key(KeyId=key)["KeyMetadata"]
    assert state["ExpirationModel"] == "KEY_MATERIAL_EXPIRES" and abs((state["ValidTo"] - until).total_seconds()) < 2


def what_was_not_wrapped_for_this_key_is_refused():
    kms = client()
    key, other = made(kms, Origin="EXTERNAL"), made(kms, Origin="EXTERNAL")
    good = wrapped(kms, key, os.urandom(32))
    refused("InvalidImportTokenException", kms.import_key_material, **{**good, "KeyId": other}, **FOREVER)
    refused("InvalidImportTokenException", kms.import_key_material, **{**good, "ImportToken": b"nonsense"}, **FOREVER)
    changed = bytearray(good["EncryptedKeyMaterial"])
    changed[-1] ^= 1
    refused(
        "InvalidCiphertextException",
        kms.import_key_material,
        **{**good, "EncryptedKeyMaterial": bytes(changed)},
        **FOREVER,
    )
    short = wrapped(kms, key, os.urandom(31))
    refused("IncorrectKeyMaterialException", kms.import_key_material, **short, **FOREVER)
    refused("InvalidImportTokenException", kms.import_key_material, **good, **FOREVER)
    good = wrapped(kms, key, os.urandom(32))
    refused("ValidationException", kms.import_key_material, **good, ExpirationModel="KEY_MATERIAL_EXPIRES")
    ours = made(kms)
    parameters = {"WrappingAlgorithm": "RSAES_OAEP_SHA_256", "WrappingKeySpec": "RSA_2048"}
    refused("UnsupportedOperationException", kms.get_parameters_for_import, KeyId=ours, **parameters)
    refused("UnsupportedOperationException", kms.import_key_material, **{**good, "KeyId": ours}, **FOREVER)
    refused("UnsupportedOperationException", kms.delete_imported_key_material, KeyId=ours)
    refused("NotFoundException", kms.get_parameters_for_import, KeyId=NOBODYS, **parameters)
    refused("NotFoundException", kms.import_key_material, **{**good, "KeyId": NOBODYS}, **FOREVER)
    refused("NotFoundException", kms.delete_imported_key_material, KeyId=NOBODYS)
    refused(
        "ValidationException",
        raw_client().get_parameters_for_import,
        KeyId=key,
        WrappingAlgorithm="ROT13",
        WrappingKeySpec="RSA_2048",
    )


CHECKS = [
    material_is_imported_by_every_wrapping,
    private_keys_are_imported,
    deleted_material_comes_back_and_only_the_same,
    what_was_not_wrapped_for_this_key_is_refused,
]
