"""Signatures, MACs and shared secrets by boto3, held against two other
implementations: the `cryptography` package and the program `openssl`."""

import hashlib
import hmac
import subprocess
import tempfile
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP

from rig import arn, client, ok, raw_client, refused

from boto_crypto import made
from boto_import import imported
from boto_keys import NOBODYS

HASHES = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}
CURVES = {"ECC_NIST_P256": "256", "ECC_NIST_P384": "384", "ECC_NIST_P521": "512", "ECC_SECG_P256K1": "256"}
MESSAGE = b"to be signed" * 300


def scheme(algorithm):
    """How `cryptography` says it, and how `openssl dgst` does."""
    bits = algorithm[-3:]
    digest = HASHES[bits]
    if algorithm.startswith("ECDSA"):
        return (ec.ECDSA(digest),), digest, []
    if "PSS" in algorithm:
        options = ["-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:digest"]
        return (padding.PSS(MGF1(digest), digest.digest_size), digest), digest, options
    return (padding.PKCS1v15(), digest), digest, []


def signatures_hold_elsewhere():
    kms = client()
    keys = {spec: [f"ECDSA_SHA_{bits}"] for spec, bits in CURVES.items()}
    keys["RSA_2048"] = [f"RSASSA_{kind}_SHA_{bits}" for kind in ["PSS", "PKCS1_V1_5"] for bits in HASHES]
    for spec, algorithms in keys.items():
        key = made(kms, KeySpec=spec, KeyUsage="SIGN_VERIFY")
        said = ok(kms.get_public_key(KeyId=key))
        assert (said["KeyId"], said["KeySpec"], said["KeyUsage"]) == (arn(key), spec, "SIGN_VERIFY")
        assert sorted(said["SigningAlgorithms"]) == sorted(algorithms), said
        public = serialization.load_der_public_key(said["PublicKey"])
        for algorithm in algorithms:
            how, digest, options = scheme(algorithm)
            hashed = hashes.Hash(digest)
            hashed.update(MESSAGE)
            hashed = hashed.finalize()
            for sent, kind in [(MESSAGE, "RAW"), (hashed, "DIGEST")]:
                ask = {"KeyId": key, "Message": sent, "MessageType": kind, "SigningAlgorithm": algorithm}
                signed = ok(kms.sign(**ask))
                assert (signed["KeyId"], signed["SigningAlgorithm"]) == (arn(key), algorithm)
                public.verify(signed["Signature"], MESSAGE, *how)
                openssl(said["PublicKey"], digest.name, options, signed["Signature"])
                assert ok(kms.verify(Signature=signed["Signature"], **ask))["SignatureValid"] is True
            wrong = bytearray(signed["Signature"])
            wrong[-1] ^= 1
            for signature in [bytes(wrong), signed["Signature"][:-1], b"x"]:
                refused("KMSInvalidSignatureException", kms.verify, Signature=signature, **ask)
            refused(
                "KMSInvalidSignatureException",
                kms.verify,
                **{**ask, "Message": MESSAGE[:-1], "MessageType": "RAW"},
                Signature=signed["Signature"],
            )
            refused("ValidationException", kms.sign, **{**ask, "Message": b"short"})


def openssl(public, digest, options, signature):
    with tempfile.TemporaryDirectory() as directory:
        at = Path(directory)
        for name, content in [("key", public), ("signature", signature), ("message", MESSAGE)]:
            (at / name).write_bytes(content)
        subprocess.run(
            [
                "openssl",
                "dgst",
                f"-{digest}",
                "-keyform",
                "DER",
                "-verify",
                at / "key",
                *options,
                "-signature",
                at / "signature",
                at / "message",
            ],
            check=True,
            capture_output=True,
        )


def ed25519_signs_messages():
    kms = client()
    key = made(kms, KeySpec="ECC_NIST_EDWARDS25519", KeyUsage="SIGN_VERIFY")
    ask = {"KeyId": key, "Message": MESSAGE, "SigningAlgorithm": "ED25519_SHA_512"}
    signature = ok(kms.sign(**ask))["Signature"]
    public = serialization.load_der_public_key(ok(kms.get_public_key(KeyId=key))["PublicKey"])
    assert isinstance(public, ed25519.Ed25519PublicKey)
    public.verify(signature, MESSAGE)
    assert kms.verify(Signature=signature, **ask)["SignatureValid"]
    refused("KMSInvalidSignatureException", kms.verify, **{**ask, "Message": b"other"}, Signature=signature)
    refused("ValidationException", kms.sign, **ask, MessageType="DIGEST")


def signatures_from_elsewhere_hold_here():
    """Data key pairs are keys both sides have: what is signed outside with one is
    verified inside with the same key imported."""
    kms = client()

    for spec, bits in CURVES.items():
        private = ec.generate_private_key(
            {
                "ECC_NIST_P256": ec.SECP256R1(),
                "ECC_NIST_P384": ec.SECP384R1(),
                "ECC_NIST_P521": ec.SECP521R1(),
                "ECC_SECG_P256K1": ec.SECP256K1(),
            }[spec]
        )
        key = imported(kms, private, KeySpec=spec, KeyUsage="SIGN_VERIFY")
        ask = {"KeyId": key, "Message": MESSAGE, "SigningAlgorithm": f"ECDSA_SHA_{bits}"}
        signature = private.sign(MESSAGE, ec.ECDSA(HASHES[bits]))
        assert kms.verify(Signature=signature, **ask)["SignatureValid"]
        private.public_key().verify(kms.sign(**ask)["Signature"], MESSAGE, ec.ECDSA(HASHES[bits]))


def signing_is_asked_for_properly():
    kms = raw_client()
    key = made(kms, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    ask = {"KeyId": key, "Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}
    for call, more in [(kms.sign, {}), (kms.verify, {"Signature": b"x"})]:
        refused("NotFoundException", call, **{**ask, **more, "KeyId": NOBODYS})
        refused("InvalidKeyUsageException", call, **{**ask, **more, "SigningAlgorithm": "RSASSA_PSS_SHA_256"})
        refused("ValidationException", call, **{**ask, **more, "SigningAlgorithm": "ROT13"})
        refused("ValidationException", call, **{**ask, **more, "Message": b"x" * 4_097})
    refused("NotFoundException", kms.get_public_key, KeyId=NOBODYS)
    refused("UnsupportedOperationException", kms.get_public_key, KeyId=made(kms))


def macs_are_what_everybody_computes():
    kms = client()
    for bits in ["224", "256", "384", "512"]:
        key = made(kms, KeySpec=f"HMAC_{bits}", KeyUsage="GENERATE_VERIFY_MAC")
        ask = {"KeyId": key, "Message": MESSAGE, "MacAlgorithm": f"HMAC_SHA_{bits}"}
        mac = ok(kms.generate_mac(**ask))
        assert len(mac["Mac"]) * 8 == int(bits) and mac["KeyId"] == arn(key)
        assert ok(kms.verify_mac(Mac=mac["Mac"], **ask))["MacValid"] is True
        refused("KMSInvalidMacException", kms.verify_mac, **{**ask, "Message": b"other"}, Mac=mac["Mac"])
        refused("KMSInvalidMacException", kms.verify_mac, Mac=mac["Mac"][:-1], **ask)
        refused("NotFoundException", kms.generate_mac, **{**ask, "KeyId": NOBODYS})
        refused("NotFoundException", kms.verify_mac, **{**ask, "KeyId": NOBODYS}, Mac=mac["Mac"])
        other = "HMAC_SHA_256" if bits != "256" else "HMAC_SHA_512"
        refused("InvalidKeyUsageException", kms.generate_mac, **{**ask, "MacAlgorithm": other})

    known = bytes(range(32))
    key = imported(kms, known, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    mac = kms.generate_mac(KeyId=key, Message=MESSAGE, MacAlgorithm="HMAC_SHA_256")["Mac"]
    assert mac == hmac.new(known, MESSAGE, hashlib.sha256).digest()


def what_is_encrypted_to_a_public_key_is_decrypted_here():
    kms = client()
    key = made(kms, KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    public = serialization.load_der_public_key(ok(kms.get_public_key(KeyId=key))["PublicKey"])
    for algorithm, digest, most in [
        ("RSAES_OAEP_SHA_1", hashes.SHA1(), 214),
        ("RSAES_OAEP_SHA_256", hashes.SHA256(), 190),
    ]:
        plaintext = b"p" * most
        blob = public.encrypt(plaintext, OAEP(MGF1(digest), digest, None))
        ask = {"KeyId": key, "EncryptionAlgorithm": algorithm}
        assert ok(kms.decrypt(CiphertextBlob=blob, **ask))["Plaintext"] == plaintext
        assert (
            kms.decrypt(CiphertextBlob=kms.encrypt(Plaintext=plaintext, **ask)["CiphertextBlob"], **ask)["Plaintext"]
            == plaintext
        )
        refused("ValidationException", kms.encrypt, Plaintext=plaintext + b"p", **ask)
        refused("ValidationException", kms.encrypt, Plaintext=b"p", EncryptionContext={"a": "b"}, **ask)
        refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=blob[:-1] + bytes([blob[-1] ^ 1]), **ask)
    refused("InvalidKeyUsageException", kms.encrypt, KeyId=key, Plaintext=b"x")


def a_shared_secret_is_shared():
    kms = client()
    for spec, curve in [
        ("ECC_NIST_P256", ec.SECP256R1()),
        ("ECC_NIST_P384", ec.SECP384R1()),
        ("ECC_NIST_P521", ec.SECP521R1()),
    ]:
        key = made(kms, KeySpec=spec, KeyUsage="KEY_AGREEMENT")
        said = ok(kms.get_public_key(KeyId=key))
        assert said["KeyAgreementAlgorithms"] == ["ECDH"]
        private = ec.generate_private_key(curve)
        theirs = private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        derived = ok(kms.derive_shared_secret(KeyId=key, KeyAgreementAlgorithm="ECDH", PublicKey=theirs))
        assert derived["SharedSecret"] == private.exchange(
            ec.ECDH(), serialization.load_der_public_key(said["PublicKey"])
        )
        assert (derived["KeyId"], derived["KeyAgreementAlgorithm"], derived["KeyOrigin"]) == (
            arn(key),
            "ECDH",
            "AWS_KMS",
        )
        refused(
            "ValidationException",
            kms.derive_shared_secret,
            KeyId=key,
            KeyAgreementAlgorithm="ECDH",
            PublicKey=theirs[:-1],
        )
        refused(
            "NotFoundException", kms.derive_shared_secret, KeyId=NOBODYS, KeyAgreementAlgorithm="ECDH", PublicKey=theirs
        )
        refused(
            "InvalidKeyUsageException",
            kms.derive_shared_secret,
            KeyId=made(kms),
            KeyAgreementAlgorithm="ECDH",
            PublicKey=theirs,
        )


CHECKS = [
    signatures_hold_elsewhere,
    ed25519_signs_messages,
    signatures_from_elsewhere_hold_here,
    signing_is_asked_for_properly,
    macs_are_what_everybody_computes,
    what_is_encrypted_to_a_public_key_is_decrypted_here,
    a_shared_secret_is_shared,
]
