"""Two users by boto3: what one has the other has no part in, unless granted."""

from rig import ACCOUNT, SETTINGS, arn, client, every_page, ok, refused

from boto_crypto import made
from boto_keys import NOBODYS

ALICE, BOB = SETTINGS["alice"]["arn"], SETTINGS["bob"]["arn"]


def anothers_key_does_not_exist():
    alice, bob = client(), client("bob")
    key = made(alice)
    alice.create_alias(AliasName="alias/alices", TargetKeyId=key)
    blob = alice.encrypt(KeyId=key, Plaintext=b"alice's")["CiphertextBlob"]
    for name in [key, arn(key), "alias/alices"]:
        for call, more in [
            (bob.describe_key, {}),
            (bob.encrypt, {"Plaintext": b"x"}),
            (bob.generate_data_key, {"KeySpec": "AES_256"}),
        ]:
            refused("NotFoundException", call, KeyId=name, **more)
    for call, more in [
        (bob.disable_key, {}),
        (bob.schedule_key_deletion, {}),
        (bob.get_key_policy, {}),
        (bob.list_grants, {}),
        (bob.update_key_description, {"Description": "bob was here"}),
        (bob.list_resource_tags, {}),
        (bob.create_grant, {"GranteePrincipal": BOB, "Operations": ["Decrypt"]}),
        (bob.rotate_key_on_demand, {}),
    ]:
        refused("NotFoundException", call, KeyId=key, **more)
    refused("InvalidCiphertextException", bob.decrypt, CiphertextBlob=blob)
    refused("NotFoundException", bob.decrypt, CiphertextBlob=blob, KeyId=key)
    assert key not in [item["KeyId"] for item in every_page(bob, "list_keys", "Keys", 1)]
    # Names are each user's own.
    theirs = made(bob)
    bob.create_alias(AliasName="alias/alices", TargetKeyId=theirs)
    assert alice.describe_key(KeyId="alias/alices")["KeyMetadata"]["KeyId"] == key
    assert bob.describe_key(KeyId="alias/alices")["KeyMetadata"]["KeyId"] == theirs


def a_grant_lets_and_its_revocation_stops_at_once():
    alice, bob = client(), client("bob")
    key = made(alice)
    blob = alice.encrypt(KeyId=key, Plaintext=b"granted")["CiphertextBlob"]
    grant = ok(
        alice.create_grant(KeyId=key, GranteePrincipal=BOB, Operations=["Decrypt", "DescribeKey"], Name="reading")
    )
    assert bob.decrypt(CiphertextBlob=blob)["Plaintext"] == b"granted"
    assert bob.decrypt(CiphertextBlob=blob, GrantTokens=[grant["GrantToken"]])["Plaintext"] == b"granted"
    assert bob.describe_key(KeyId=arn(key))["KeyMetadata"]["KeyId"] == key
    refused("AccessDeniedException", bob.encrypt, KeyId=key, Plaintext=b"x")
    listed = ok(alice.list_grants(KeyId=key))["Grants"]
    assert [(item["GrantId"], item["Name"], item["GranteePrincipal"], item["KeyId"]) for item in listed] == [
        (grant["GrantId"], "reading", BOB, arn(key))
    ]
    assert ok(alice.revoke_grant(KeyId=key, GrantId=grant["GrantId"])) == {}
    refused("InvalidCiphertextException", bob.decrypt, CiphertextBlob=blob)
    refused("NotFoundException", bob.describe_key, KeyId=key)
    refused("InvalidGrantIdException", alice.revoke_grant, KeyId=key, GrantId=grant["GrantId"])
    refused("InvalidGrantIdException", alice.revoke_grant, KeyId=key, GrantId="nonsense")


def a_grant_holds_under_its_context():
    alice, bob = client(), client("bob")
    for constraint, good, bad in [
        ("EncryptionContextEquals", [{"a": "1"}], [{"a": "1", "b": "2"}, {"a": "2"}, {}]),
        ("EncryptionContextSubset", [{"a": "1"}, {"a": "1", "b": "2"}], [{"a": "2"}, {"b": "2"}, {}]),
    ]:
        key = made(alice)
        grant = {
            "KeyId": key,
            "GranteePrincipal": BOB,
            "Operations": ["Encrypt", "Decrypt"],
            "Constraints": {constraint: {"a": "1"}},
        }
        refused("DryRunOperationException", alice.create_grant, DryRun=True, **grant)
        ok(alice.create_grant(**grant))
        assert alice.list_grants(KeyId=key)["Grants"][0]["Constraints"] == {constraint: {"a": "1"}}
        for context in good:
            blob = bob.encrypt(KeyId=key, Plaintext=b"x", EncryptionContext=context)["CiphertextBlob"]
            assert bob.decrypt(CiphertextBlob=blob, EncryptionContext=context)["Plaintext"] == b"x"
        for context in bad:
            refused("AccessDeniedException", bob.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext=context)


def a_grant_is_retired_by_whom_it_names():
    alice, bob = client(), client("bob")
    key = made(alice)
    for _ in range(3):
        grant = ok(alice.create_grant(KeyId=key, GranteePrincipal=BOB, RetiringPrincipal=BOB, Operations=["Encrypt"]))
    retirable = every_page(
        bob, "list_retirable_grants", "Grants", 2, RetiringPrincipal=BOB, PaginationConfig={"PageSize": 2}
    )
    assert grant["GrantId"] in [item["GrantId"] for item in retirable]
    pages = every_page(alice, "list_grants", "Grants", 2, KeyId=key, PaginationConfig={"PageSize": 2})
    assert (
        len(pages) == 3
        and ok(alice.list_grants(KeyId=key, GrantId=grant["GrantId"]))["Grants"][0]["RetiringPrincipal"] == BOB
    )
    refused("DryRunOperationException", bob.retire_grant, GrantToken=grant["GrantToken"], DryRun=True)
    assert ok(bob.retire_grant(GrantToken=grant["GrantToken"])) == {}
    by_id = next(item for item in pages if item["GrantId"] != grant["GrantId"])
    assert ok(bob.retire_grant(KeyId=arn(key), GrantId=by_id["GrantId"])) == {}
    assert len(alice.list_grants(KeyId=key)["Grants"]) == 1
    # Bob may not look at the key: what is not there and what is not his are one answer.
    refused("NotFoundException", bob.retire_grant, KeyId=arn(key), GrantId=by_id["GrantId"])
    refused("InvalidGrantTokenException", bob.retire_grant, GrantToken="nonsense")
    refused("InvalidMarkerException", alice.list_grants, KeyId=key, Marker="nonsense")
    refused("InvalidMarkerException", bob.list_retirable_grants, RetiringPrincipal=BOB, Marker="nonsense")


def a_grant_is_passed_on_no_wider_than_it_is():
    alice, bob = client(), client("bob")
    key = made(alice)
    ok(alice.create_grant(KeyId=key, GranteePrincipal=BOB, Operations=["Encrypt", "CreateGrant"]))
    ok(bob.create_grant(KeyId=key, GranteePrincipal=ALICE, Operations=["Encrypt"]))
    refused("AccessDeniedException", bob.create_grant, KeyId=key, GranteePrincipal=BOB, Operations=["Decrypt"])
    refused("ValidationException", alice.create_grant, KeyId=key, GranteePrincipal=BOB, Operations=["Sign"])
    refused("InvalidArnException", alice.create_grant, KeyId=key, GranteePrincipal="nonsense", Operations=["Encrypt"])
    stranger = BOB.replace(ACCOUNT, "999999999999")
    refused("InvalidArnException", alice.create_grant, KeyId=key, GranteePrincipal=stranger, Operations=["Encrypt"])
    refused("NotFoundException", alice.create_grant, KeyId=NOBODYS, GranteePrincipal=BOB, Operations=["Encrypt"])


CHECKS = [
    anothers_key_does_not_exist,
    a_grant_lets_and_its_revocation_stops_at_once,
    a_grant_holds_under_its_context,
    a_grant_is_retired_by_whom_it_names,
    a_grant_is_passed_on_no_wider_than_it_is,
]
