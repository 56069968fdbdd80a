"""Aliases and rotation by boto3."""

import datetime

from rig import alias_arn, arn, client, every_page, ok, raw_client, refused

from boto_keys import NOBODYS


def an_alias_names_a_key_until_it_names_another():
    kms = client()
    one, other = (kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(2))
    assert ok(kms.create_alias(AliasName="alias/app/orders_1-a", TargetKeyId=one)) == {}
    names = ["alias/app/orders_1-a", alias_arn("alias/app/orders_1-a")]
    sealed = [kms.encrypt(KeyId=name, Plaintext=b"by name") for name in names]
    assert all(answer["KeyId"] == arn(one) for answer in sealed)
    assert ok(kms.update_alias(AliasName=names[0], TargetKeyId=other)) == {}
    assert kms.describe_key(KeyId=names[1])["KeyMetadata"]["KeyId"] == other
    # The ciphertext names its key, not the name the key had.
    assert all(kms.decrypt(CiphertextBlob=answer["CiphertextBlob"])["Plaintext"] == b"by name" for answer in sealed)
    refused("IncorrectKeyException", kms.decrypt, CiphertextBlob=sealed[0]["CiphertextBlob"], KeyId=names[0])
    assert ok(kms.delete_alias(AliasName=names[0])) == {}
    refused("NotFoundException", kms.describe_key, KeyId=names[0])


def an_alias_that_cannot_be_is_refused():
    kms = raw_client()
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    mac = kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/taken", TargetKeyId=key)
    refused("AlreadyExistsException", kms.create_alias, AliasName="alias/taken", TargetKeyId=key)
    for name in ["taken", "alias/", "alias/a b", "alias/aws/s3", "alias/ü"]:
        refused("InvalidAliasNameException", kms.create_alias, AliasName=name, TargetKeyId=key)
    refused("ValidationException", kms.create_alias, AliasName="alias/" + "x" * 251, TargetKeyId=key)
    refused("NotFoundException", kms.create_alias, AliasName="alias/new", TargetKeyId=NOBODYS)
    refused("NotFoundException", kms.update_alias, AliasName="alias/absent", TargetKeyId=key)
    refused("NotFoundException", kms.delete_alias, AliasName="alias/absent")
    refused("ValidationException", kms.update_alias, AliasName="alias/taken", TargetKeyId=mac)


def aliases_are_listed_in_pages():
    kms = client()
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    names = [f"alias/page{n}" for n in range(7)]
    for name in names:
        kms.create_alias(AliasName=name, TargetKeyId=key)
    listed = every_page(kms, "list_aliases", "Aliases", 4, KeyId=key, PaginationConfig={"PageSize": 2})
    assert sorted(alias["AliasName"] for alias in listed) == names
    for alias in listed:
        assert alias["TargetKeyId"] == key and alias["AliasArn"] == alias_arn(alias["AliasName"])
        assert isinstance(alias["CreationDate"], datetime.datetime)
    everything = every_page(kms, "list_aliases", "Aliases", 2, PaginationConfig={"PageSize": 3})
    assert set(names) <= {alias["AliasName"] for alias in everything}
    refused("NotFoundException", kms.list_aliases, KeyId=NOBODYS)
    refused("InvalidMarkerException", kms.list_aliases, Marker="nonsense")


def what_was_encrypted_before_a_rotation_is_decrypted_after_it():
    kms = client()
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    materials, sealed = [], []
    for n in range(4):
        materials.append(kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"])
        sealed.append(kms.encrypt(KeyId=key, Plaintext=b"version %d" % n)["CiphertextBlob"])
        rotated = ok(kms.rotate_key_on_demand(KeyId=key))
        assert rotated == {"KeyId": key}, rotated
    assert len(set(materials)) == 4
    for n, blob in enumerate(sealed):
        opened = kms.decrypt(CiphertextBlob=blob)
        assert (opened["Plaintext"], opened["KeyMaterialId"]) == (b"version %d" % n, materials[n])
    rotations = every_page(kms, "list_key_rotations", "Rotations", 2, KeyId=key, PaginationConfig={"PageSize": 2})
    assert [rotation["RotationType"] for rotation in rotations] == ["ON_DEMAND"] * 4
    everything = ok(kms.list_key_rotations(KeyId=key, IncludeKeyMaterial="ALL_KEY_MATERIAL"))["Rotations"]
    assert set(materials) < {rotation["KeyMaterialId"] for rotation in everything} and len(everything) == 5
    assert [rotation["KeyMaterialState"] for rotation in everything].count("CURRENT") == 1
    refused("NotFoundException", kms.rotate_key_on_demand, KeyId=NOBODYS)
    refused("NotFoundException", kms.list_key_rotations, KeyId=NOBODYS)
    refused("InvalidMarkerException", kms.list_key_rotations, KeyId=key, Marker="nonsense")


def a_key_is_rotated_25_times_at_most():
    kms = client()
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for _ in range(25):
        kms.rotate_key_on_demand(KeyId=key)
    refused("LimitExceededException", kms.rotate_key_on_demand, KeyId=key)


def automatic_rotation_is_switched():
    kms = client()
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert ok(kms.get_key_rotation_status(KeyId=key))["KeyRotationEnabled"] is False
    assert ok(kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)) == {}
    status = ok(kms.get_key_rotation_status(KeyId=key))
    assert (status["KeyRotationEnabled"], status["RotationPeriodInDays"]) == (True, 180)
    ahead = status["NextRotationDate"] - datetime.datetime.now(datetime.UTC)
    assert abs(ahead - datetime.timedelta(days=180)) < datetime.timedelta(hours=1), ahead
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
    assert ok(kms.disable_key_rotation(KeyId=key)) == {}
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] is False
    for days in [89, 2_561]:
        refused("ValidationException", raw_client().enable_key_rotation, KeyId=key, RotationPeriodInDays=days)
    refused("NotFoundException", kms.enable_key_rotation, KeyId=NOBODYS)
    refused("NotFoundException", kms.disable_key_rotation, KeyId=NOBODYS)
    refused("NotFoundException", kms.get_key_rotation_status, KeyId=NOBODYS)
    pair = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    for call in [kms.enable_key_rotation, kms.rotate_key_on_demand]:
        refused("UnsupportedOperationException", call, KeyId=pair)


CHECKS = [
    an_alias_names_a_key_until_it_names_another,
    an_alias_that_cannot_be_is_refused,
    aliases_are_listed_in_pages,
    what_was_encrypted_before_a_rotation_is_decrypted_after_it,
    a_key_is_rotated_25_times_at_most,
    automatic_rotation_is_switched,
]
