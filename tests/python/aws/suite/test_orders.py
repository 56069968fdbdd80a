"""A suite as somebody has it, moved here from an emulator: docs/AWS.md."""
import pytest


def test_an_order_comes_back(kms):
    context = {"order": "17"}
    sealed = kms.encrypt(KeyId="alias/orders", Plaintext=b"two chairs", EncryptionContext=context)
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=context)
    assert opened["Plaintext"] == b"two chairs"


def test_another_order_does_not(kms):
    sealed = kms.encrypt(KeyId="alias/orders", Plaintext=b"two chairs", EncryptionContext={"ab": "c"})
    with pytest.raises(kms.exceptions.InvalidCiphertextException):
        kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"a": "bc"})


def test_the_key_is_the_seeds(kms):
    key = kms.describe_key(KeyId="alias/orders")["KeyMetadata"]
    assert key["Description"] == "what the orders' tests encrypt with"
    assert kms.list_resource_tags(KeyId=key["KeyId"])["Tags"] == [{"TagKey": "team", "TagValue": "orders"}]
