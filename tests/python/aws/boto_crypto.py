"""Encrypting by boto3: plaintexts, contexts, data keys, and what is not decrypted."""

from cryptography.hazmat.primitives import serialization

from rig import arn, client, ok, raw_client, refused

from boto_keys import NOBODYS

PAIRS = ["RSA_2048", "ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521", "ECC_SECG_P256K1", "ECC_NIST_EDWARDS25519"]


def made(kms, **spec):
    return kms.create_key(**spec)["KeyMetadata"]["KeyId"]


def what_is_encrypted_is_decrypted():
    kms = client()
    key = made(kms)
    for plaintext in [b"x", b"\0" * 32, bytes(range(256)) * 16]:
        sealed = ok(kms.encrypt(KeyId=key, Plaintext=plaintext))
        assert sealed["KeyId"] == arn(key) and sealed["EncryptionAlgorithm"] == "SYMMETRIC_DEFAULT"
        assert len(plaintext) < len(sealed["CiphertextBlob"]) <= 6_144
        opened = ok(kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"]))
        assert (opened["Plaintext"], opened["KeyId"]) == (plaintext, arn(key))
        assert kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], KeyId=key)["Plaintext"] == plaintext
    twice = [kms.encrypt(KeyId=key, Plaintext=b"same")["CiphertextBlob"] for _ in range(2)]
    assert twice[0] != twice[1]
    raw = raw_client()
    refused("ValidationException", raw.encrypt, KeyId=key, Plaintext=b"x" * 4_097)
    refused("ValidationException", raw.encrypt, KeyId=key, Plaintext=b"")
    refused("ValidationException", raw.encrypt, KeyId=key)
    refused("NotFoundException", raw.encrypt, KeyId=NOBODYS, Plaintext=b"x")
    refused("ValidationException", raw.encrypt, KeyId=key, Plaintext=b"x", EncryptionAlgorithm="ROT13")


def what_is_not_a_ciphertext_of_ours_is_refused():
    kms = client()
    key, other = made(kms), made(kms)
    blob = kms.encrypt(KeyId=key, Plaintext=b"plaintext")["CiphertextBlob"]
    for at in range(0, len(blob), 3):
        changed = bytearray(blob)
        changed[at] ^= 1
        refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=bytes(changed))
    for short in [blob[:-1], blob[: len(blob) // 2], blob[:1], blob + b"\0", b"nonsense"]:
        refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=short)
    refused("IncorrectKeyException", kms.decrypt, CiphertextBlob=blob, KeyId=other)
    refused("NotFoundException", kms.decrypt, CiphertextBlob=blob, KeyId=NOBODYS)
    refused("ValidationException", raw_client().decrypt, CiphertextBlob=b"x" * 6_145)


def a_context_is_a_map_and_not_a_text():
    kms = client()
    key = made(kms)

    def sealed(context):
        return kms.encrypt(KeyId=key, Plaintext=b"in context", EncryptionContext=context)["CiphertextBlob"]

    def opens(blob, context):
        return kms.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"in context"

    one = sealed({"ab": "c"})
    assert opens(one, {"ab": "c"})
    for context in [{"a": "bc"}, {"abc": ""}, {"AB": "c"}, {"ab": "c", "d": ""}, {"ab": "c "}, {}]:
        refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=one, EncryptionContext=context)
    two = sealed({"one": "1", "two": "2", "é": "𝄞"})
    assert opens(two, {"é": "𝄞", "two": "2", "one": "1"})
    refused(
        "InvalidCiphertextException",
        kms.decrypt,
        CiphertextBlob=two,
        EncryptionContext={"one": "2", "two": "1", "é": "𝄞"},
    )
    refused(
        "InvalidCiphertextException",
        kms.decrypt,
        CiphertextBlob=two,
        EncryptionContext={"one": "1", "two": "2", "e\u0301": "𝄞"},
    )
    refused("ValidationException", kms.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext={"big": "x" * 16_400})


def a_ciphertext_moves_to_another_key_unseen():
    kms = client()
    one, other = made(kms), made(kms)
    before, after = {"stage": "test"}, {"stage": "live"}
    blob = kms.encrypt(KeyId=one, Plaintext=b"moving", EncryptionContext=before)["CiphertextBlob"]
    moved = ok(
        kms.re_encrypt(
            CiphertextBlob=blob,
            SourceKeyId=one,
            SourceEncryptionContext=before,
            DestinationKeyId=other,
            DestinationEncryptionContext=after,
        )
    )
    assert (moved["SourceKeyId"], moved["KeyId"]) == (arn(one), arn(other))
    opened = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext=after, KeyId=other)
    assert opened["Plaintext"] == b"moving"
    refused("InvalidCiphertextException", kms.re_encrypt, CiphertextBlob=blob, DestinationKeyId=other)
    refused(
        "IncorrectKeyException",
        kms.re_encrypt,
        CiphertextBlob=blob,
        SourceKeyId=other,
        SourceEncryptionContext=before,
        DestinationKeyId=other,
    )
    refused(
        "NotFoundException",
        kms.re_encrypt,
        CiphertextBlob=blob,
        SourceEncryptionContext=before,
        DestinationKeyId=NOBODYS,
    )


def data_keys_come_with_and_without_their_plaintext():
    kms = client()
    key, context = made(kms), {"file": "1"}
    for size, length in [
        ({"KeySpec": "AES_256"}, 32),
        ({"KeySpec": "AES_128"}, 16),
        ({"NumberOfBytes": 1}, 1),
        ({"NumberOfBytes": 1_024}, 1_024),
    ]:
        data = ok(kms.generate_data_key(KeyId=key, EncryptionContext=context, **size))
        assert len(data["Plaintext"]) == length and data["KeyId"] == arn(key)
        assert (
            kms.decrypt(CiphertextBlob=data["CiphertextBlob"], EncryptionContext=context)["Plaintext"]
            == data["Plaintext"]
        )
        hidden = ok(kms.generate_data_key_without_plaintext(KeyId=key, EncryptionContext=context, **size))
        assert "Plaintext" not in hidden
        assert (
            len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"], EncryptionContext=context)["Plaintext"]) == length
        )
    raw = raw_client()
    for call in [raw.generate_data_key, raw.generate_data_key_without_plaintext]:
        for size in [
            {},
            {"KeySpec": "AES_256", "NumberOfBytes": 32},
            {"NumberOfBytes": 0},
            {"NumberOfBytes": 1_025},
            {"KeySpec": "AES_512"},
        ]:
            refused("ValidationException", call, KeyId=key, **size)
        refused("NotFoundException", call, KeyId=NOBODYS, KeySpec="AES_256")


def data_key_pairs_are_pairs():
    kms = client()
    key, context = made(kms), {"pair": "1"}
    for spec in PAIRS:
        pair = ok(kms.generate_data_key_pair(KeyId=key, KeyPairSpec=spec, EncryptionContext=context))
        assert (pair["KeyId"], pair["KeyPairSpec"]) == (arn(key), spec)
        assert public_of(pair["PrivateKeyPlaintext"]) == pair["PublicKey"], spec
        opened = kms.decrypt(CiphertextBlob=pair["PrivateKeyCiphertextBlob"], EncryptionContext=context)
        assert opened["Plaintext"] == pair["PrivateKeyPlaintext"]
        hidden = ok(
            kms.generate_data_key_pair_without_plaintext(KeyId=key, KeyPairSpec=spec, EncryptionContext=context)
        )
        private = kms.decrypt(CiphertextBlob=hidden["PrivateKeyCiphertextBlob"], EncryptionContext=context)["Plaintext"]
        assert "PrivateKeyPlaintext" not in hidden and public_of(private) == hidden["PublicKey"]
    for call in [kms.generate_data_key_pair, kms.generate_data_key_pair_without_plaintext]:
        refused("NotFoundException", call, KeyId=NOBODYS, KeyPairSpec="ECC_NIST_P256")
        refused("UnsupportedOperationException", call, KeyId=key, KeyPairSpec="SM2")
        mac = made(kms, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
        refused("InvalidKeyUsageException", call, KeyId=mac, KeyPairSpec="ECC_NIST_P256")


def public_of(private):
    public = serialization.load_der_private_key(private, None).public_key()
    return public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def random_bytes_are_random():
    kms = client()
    drawn = [ok(kms.generate_random(NumberOfBytes=length))["Plaintext"] for length in [1, 32, 1_024, 1_024]]
    assert [len(bytes) for bytes in drawn] == [1, 32, 1_024, 1_024] and drawn[2] != drawn[3]
    for length in [0, 1_025]:
        refused("ValidationException", raw_client().generate_random, NumberOfBytes=length)


def a_key_is_used_for_what_it_is_for():
    kms = client()
    sign = made(kms, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    mac = made(kms, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    seal = made(kms)
    for key in [sign, mac]:
        refused("InvalidKeyUsageException", kms.encrypt, KeyId=key, Plaintext=b"x")
        refused("InvalidKeyUsageException", kms.generate_data_key, KeyId=key, KeySpec="AES_256")
        refused("InvalidKeyUsageException", kms.generate_data_key_without_plaintext, KeyId=key, KeySpec="AES_256")
    refused("InvalidKeyUsageException", kms.sign, KeyId=seal, Message=b"x", SigningAlgorithm="ECDSA_SHA_256")
    refused("InvalidKeyUsageException", kms.generate_mac, KeyId=seal, Message=b"x", MacAlgorithm="HMAC_SHA_256")


def a_dry_run_decides_and_does_nothing():
    kms = client()
    key, context = made(kms), {"a": "b"}
    blob = kms.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]
    sign = made(kms, KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    mac = made(kms, KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    would = [
        (kms.encrypt, {"KeyId": key, "Plaintext": b"x"}),
        (kms.decrypt, {"CiphertextBlob": blob, "EncryptionContext": context}),
        (kms.re_encrypt, {"CiphertextBlob": blob, "SourceEncryptionContext": context, "DestinationKeyId": key}),
        (kms.generate_data_key, {"KeyId": key, "KeySpec": "AES_256"}),
        (kms.generate_data_key_without_plaintext, {"KeyId": key, "KeySpec": "AES_256"}),
        (kms.generate_data_key_pair, {"KeyId": key, "KeyPairSpec": "ECC_NIST_P256"}),
        (kms.generate_data_key_pair_without_plaintext, {"KeyId": key, "KeyPairSpec": "ECC_NIST_P256"}),
        (kms.sign, {"KeyId": sign, "Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}),
        (kms.generate_mac, {"KeyId": mac, "Message": b"x", "MacAlgorithm": "HMAC_SHA_256"}),
    ]
    for call, arguments in would:
        refused("DryRunOperationException", call, DryRun=True, **arguments)
    # Said last: whatever else is wrong is said before.
    refused("InvalidCiphertextException", kms.decrypt, CiphertextBlob=blob, DryRun=True)
    refused("InvalidKeyUsageException", kms.encrypt, KeyId=sign, Plaintext=b"x", DryRun=True)
    refused("NotFoundException", kms.encrypt, KeyId=NOBODYS, Plaintext=b"x", DryRun=True)
    kms.disable_key(KeyId=key)
    refused("DisabledException", kms.encrypt, KeyId=key, Plaintext=b"x", DryRun=True)


CHECKS = [
    what_is_encrypted_is_decrypted,
    what_is_not_a_ciphertext_of_ours_is_refused,
    a_context_is_a_map_and_not_a_text,
    a_ciphertext_moves_to_another_key_unseen,
    data_keys_come_with_and_without_their_plaintext,
    data_key_pairs_are_pairs,
    random_bytes_are_random,
    a_key_is_used_for_what_it_is_for,
    a_dry_run_decides_and_does_nothing,
]
