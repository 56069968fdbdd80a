"""The states of a key by boto3: what is disabled or about to be deleted does nothing."""

import datetime

from rig import SETTINGS, arn, client, ok, raw_client, refused

from boto_keys import NOBODYS


def keys_of_every_use(kms):
    """Calls that use a key, each made to work once: what they are refused for is the state."""

    def made(**spec):
        return kms.create_key(**spec)["KeyMetadata"]["KeyId"]

    seal, other = made(), made()
    sign = made(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    mac = made(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    agree = made(KeySpec="ECC_NIST_P256", KeyUsage="KEY_AGREEMENT")
    rsa = made(KeySpec="RSA_2048", KeyUsage="ENCRYPT_DECRYPT")
    peer = kms.get_public_key(KeyId=agree)["PublicKey"]
    blob = kms.encrypt(KeyId=seal, Plaintext=b"x")["CiphertextBlob"]
    hidden = kms.encrypt(KeyId=other, Plaintext=b"x")["CiphertextBlob"]
    oaep = {"KeyId": rsa, "EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    rsa_blob = kms.encrypt(Plaintext=b"x", **oaep)["CiphertextBlob"]
    ecdsa = {"KeyId": sign, "Message": b"x", "SigningAlgorithm": "ECDSA_SHA_256"}
    hmac = {"KeyId": mac, "Message": b"x", "MacAlgorithm": "HMAC_SHA_256"}
    signature = kms.sign(**ecdsa)["Signature"]
    code = kms.generate_mac(**hmac)["Mac"]
    calls = [
        (kms.encrypt, {"KeyId": seal, "Plaintext": b"x"}),
        (kms.decrypt, {"CiphertextBlob": blob}),
        (kms.decrypt, {"CiphertextBlob": blob, "KeyId": seal}),
        (kms.re_encrypt, {"CiphertextBlob": blob, "DestinationKeyId": other}),
        (kms.re_encrypt, {"CiphertextBlob": hidden, "DestinationKeyId": seal}),
        (kms.generate_data_key, {"KeyId": seal, "KeySpec": "AES_256"}),
        (kms.generate_data_key_without_plaintext, {"KeyId": seal, "KeySpec": "AES_256"}),
        (kms.generate_data_key_pair, {"KeyId": seal, "KeyPairSpec": "ECC_NIST_P256"}),
        (kms.generate_data_key_pair_without_plaintext, {"KeyId": seal, "KeyPairSpec": "ECC_NIST_P256"}),
        (kms.rotate_key_on_demand, {"KeyId": seal}),
        (kms.enable_key_rotation, {"KeyId": seal}),
        (kms.create_grant, {"KeyId": seal, "GranteePrincipal": GRANTEE, "Operations": ["Decrypt"]}),
        (kms.encrypt, {"Plaintext": b"x", **oaep}),
        (kms.decrypt, {"CiphertextBlob": rsa_blob, **oaep}),
        (kms.get_public_key, {"KeyId": rsa}),
        (kms.sign, ecdsa),
        (kms.verify, {"Signature": signature, **ecdsa}),
        (kms.get_public_key, {"KeyId": sign}),
        (kms.generate_mac, hmac),
        (kms.verify_mac, {"Mac": code, **hmac}),
        (kms.derive_shared_secret, {"KeyId": agree, "KeyAgreementAlgorithm": "ECDH", "PublicKey": peer}),
    ]
    for call, arguments in calls:
        call(**arguments)
    return [seal, sign, mac, agree, rsa], calls


def a_disabled_key_refuses_everything_and_works_again_when_enabled():
    kms = client()
    keys, calls = keys_of_every_use(kms)
    for key in keys:
        assert ok(kms.disable_key(KeyId=key)) == {}
        state = kms.describe_key(KeyId=key)["KeyMetadata"]
        assert (state["KeyState"], state["Enabled"]) == ("Disabled", False)
    for call, arguments in calls:
        refused("DisabledException", call, **arguments)
    for key in keys:
        assert ok(kms.enable_key(KeyId=arn(key))) == {}
    for call, arguments in calls:
        call(**arguments)
    refused("NotFoundException", kms.disable_key, KeyId=NOBODYS)
    refused("NotFoundException", kms.enable_key, KeyId=NOBODYS)


def a_key_pending_deletion_refuses_everything_until_that_is_cancelled():
    kms = client()
    keys, calls = keys_of_every_use(kms)
    for key in keys:
        gone = ok(kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7))
        assert (gone["KeyId"], gone["KeyState"], gone["PendingWindowInDays"]) == (arn(key), "PendingDeletion", 7), gone
        ahead = gone["DeletionDate"] - datetime.datetime.now(datetime.UTC)
        assert abs(ahead - datetime.timedelta(days=7)) < datetime.timedelta(hours=1), ahead
        state = kms.describe_key(KeyId=key)["KeyMetadata"]
        assert (state["KeyState"], state["Enabled"], state["DeletionDate"]) == (
            "PendingDeletion",
            False,
            gone["DeletionDate"],
        )
    for call, arguments in calls:
        refused("KMSInvalidStateException", call, **arguments)
    for call in [kms.enable_key, kms.disable_key, kms.schedule_key_deletion]:
        refused("KMSInvalidStateException", call, KeyId=keys[0])
    refused("KMSInvalidStateException", kms.update_key_description, KeyId=keys[0], Description="x")
    refused("KMSInvalidStateException", kms.tag_resource, KeyId=keys[0], Tags=[{"TagKey": "a", "TagValue": "b"}])
    refused("KMSInvalidStateException", kms.create_alias, AliasName="alias/late", TargetKeyId=keys[0])
    for key in keys:
        assert ok(kms.cancel_key_deletion(KeyId=key)) == {"KeyId": arn(key)}
        assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "Disabled"
        kms.enable_key(KeyId=key)
    for call, arguments in calls:
        call(**arguments)
    refused("KMSInvalidStateException", kms.cancel_key_deletion, KeyId=keys[0])
    refused("NotFoundException", kms.cancel_key_deletion, KeyId=NOBODYS)


def a_deletion_is_7_to_30_days_ahead():
    kms = raw_client()
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for days in [6, 31, 0, -1]:
        refused("ValidationException", kms.schedule_key_deletion, KeyId=key, PendingWindowInDays=days)
    assert kms.schedule_key_deletion(KeyId=key)["PendingWindowInDays"] == 30
    refused("NotFoundException", kms.schedule_key_deletion, KeyId=NOBODYS)


GRANTEE = SETTINGS["bob"]["arn"]
CHECKS = [
    a_disabled_key_refuses_everything_and_works_again_when_enabled,
    a_key_pending_deletion_refuses_everything_until_that_is_cancelled,
    a_deletion_is_7_to_30_days_ahead,
]
