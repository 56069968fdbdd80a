"""Keys by boto3: made, described, listed, tagged, and their policies."""

import datetime
import json
import uuid

from rig import ACCOUNT, REGION, arn, client, every_page, ok, raw_client, refused

KINDS = {
    "ENCRYPT_DECRYPT": ["SYMMETRIC_DEFAULT", "RSA_2048", "RSA_3072", "RSA_4096"],
    "SIGN_VERIFY": [
        "RSA_2048",
        "ECC_NIST_P256",
        "ECC_NIST_P384",
        "ECC_NIST_P521",
        "ECC_SECG_P256K1",
        "ECC_NIST_EDWARDS25519",
    ],
    "GENERATE_VERIFY_MAC": ["HMAC_224", "HMAC_256", "HMAC_384", "HMAC_512"],
    "KEY_AGREEMENT": ["ECC_NIST_P256", "ECC_NIST_P384", "ECC_NIST_P521"],
}
NOBODYS = "00000000-0000-4000-8000-000000000000"


def every_kind_of_key_is_made_and_described():
    kms = client()
    for usage, specs in KINDS.items():
        for spec in specs:
            made = ok(kms.create_key(KeyUsage=usage, KeySpec=spec, Description=f"{spec} to {usage}"))["KeyMetadata"]
            assert str(uuid.UUID(made["KeyId"])) == made["KeyId"] and made["Arn"] == arn(made["KeyId"])
            said = {
                name: made[name]
                for name in ["KeyUsage", "KeySpec", "KeyState", "Enabled", "Origin", "KeyManager", "AWSAccountId"]
            }
            assert said == {
                "KeyUsage": usage,
                "KeySpec": spec,
                "KeyState": "Enabled",
                "Enabled": True,
                "Origin": "AWS_KMS",
                "KeyManager": "CUSTOMER",
                "AWSAccountId": ACCOUNT,
            }, said
            age = datetime.datetime.now(datetime.UTC) - made["CreationDate"]
            assert abs(age) < datetime.timedelta(minutes=5), age
            assert ok(kms.describe_key(KeyId=made["Arn"]))["KeyMetadata"] == made
            algorithms = [name for name in made if name.endswith("Algorithms")]
            assert len(algorithms) == 1 and made[algorithms[0]], made


def what_is_made_by_default_is_symmetric():
    made = client().create_key()["KeyMetadata"]
    assert (made["KeySpec"], made["KeyUsage"], made["Description"]) == ("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "")
    assert made["CustomerMasterKeySpec"] == "SYMMETRIC_DEFAULT" and not made["MultiRegion"]
    older = client().create_key(CustomerMasterKeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]
    assert older["KeySpec"] == "ECC_NIST_P256"


def keys_that_cannot_be_are_refused():
    kms = raw_client()
    refused("ValidationException", kms.create_key, KeySpec="RSA_2048")
    refused("ValidationException", kms.create_key, KeySpec="RSA_512", KeyUsage="SIGN_VERIFY")
    refused("ValidationException", kms.create_key, KeySpec="SYMMETRIC_DEFAULT", KeyUsage="SIGN_VERIFY")
    refused("ValidationException", kms.create_key, KeySpec="HMAC_256", KeyUsage="ENCRYPT_DECRYPT")
    refused("ValidationException", kms.create_key, Description="x" * 8_193)
    refused("UnsupportedOperationException", kms.create_key, MultiRegion=True)
    refused("UnsupportedOperationException", kms.create_key, KeySpec="SM2", KeyUsage="SIGN_VERIFY")
    refused("UnsupportedOperationException", kms.create_key, Origin="AWS_CLOUDHSM")
    refused("MalformedPolicyDocumentException", kms.create_key, Policy="{}")
    refused("TagException", kms.create_key, Tags=[{"TagKey": "aws:x", "TagValue": ""}])


def a_key_goes_by_its_id_and_its_arn_and_no_other():
    kms = raw_client()
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    for name in [key, arn(key)]:
        assert kms.describe_key(KeyId=name)["KeyMetadata"]["KeyId"] == key
    for name in [NOBODYS, arn(NOBODYS), "alias/nobody", "nonsense", key[:-1], arn(key).replace(REGION, "eu-west-3")]:
        refused("NotFoundException", kms.describe_key, KeyId=name)
    for name in ["arn:aws:s3:::bucket", "arn:", arn(key).replace("key/", "")]:
        refused("InvalidArnException", kms.describe_key, KeyId=name)
    refused("ValidationException", kms.describe_key, KeyId="")
    refused("ValidationException", kms.describe_key)
    refused("SerializationException", kms.generate_random, NumberOfBytes="eight")


def keys_are_listed_in_pages():
    kms = client()
    made = {kms.create_key()["KeyMetadata"]["KeyId"] for _ in range(5)}
    listed = every_page(kms, "list_keys", "Keys", 3, PaginationConfig={"PageSize": 2})
    ids = [key["KeyId"] for key in listed]
    assert made <= set(ids) and len(ids) == len(set(ids))
    assert all(key["KeyArn"] == arn(key["KeyId"]) for key in listed)
    first = ok(kms.list_keys(Limit=1))
    assert first["Truncated"] and len(first["Keys"]) == 1
    refused("InvalidMarkerException", kms.list_keys, Marker="nonsense")
    refused("ValidationException", raw_client().list_keys, Limit=0)
    refused("ValidationException", raw_client().list_keys, Limit=1_001)


def a_description_is_changed():
    kms = client()
    key = kms.create_key(Description="before")["KeyMetadata"]["KeyId"]
    assert ok(kms.update_key_description(KeyId=key, Description='after: é, 𝄞, "\\')) == {}
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == 'after: é, 𝄞, "\\'
    refused("NotFoundException", kms.update_key_description, KeyId=NOBODYS, Description="")
    refused("ValidationException", raw_client().update_key_description, KeyId=key, Description="x" * 8_193)


def tags_come_and_go():
    kms = client()
    tags = [{"TagKey": f"tag{n:02}", "TagValue": f"value {n}"} for n in range(30)]
    key = kms.create_key(Tags=tags[:2])["KeyMetadata"]["KeyId"]
    assert ok(kms.tag_resource(KeyId=key, Tags=tags[1:])) == {}
    listed = every_page(kms, "list_resource_tags", "Tags", 3, KeyId=key, PaginationConfig={"PageSize": 10})
    assert sorted(listed, key=lambda tag: tag["TagKey"]) == tags
    assert ok(kms.untag_resource(KeyId=arn(key), TagKeys=[tag["TagKey"] for tag in tags[1:]])) == {}
    assert ok(kms.list_resource_tags(KeyId=key)) == {"Tags": tags[:1], "Truncated": False}
    refused("TagException", kms.tag_resource, KeyId=key, Tags=[{"TagKey": "aws:no", "TagValue": ""}])
    refused("NotFoundException", kms.tag_resource, KeyId=NOBODYS, Tags=tags[:1])
    refused("NotFoundException", kms.untag_resource, KeyId=NOBODYS, TagKeys=["tag00"])
    refused("NotFoundException", kms.list_resource_tags, KeyId=NOBODYS)
    refused("InvalidMarkerException", kms.list_resource_tags, KeyId=key, Marker="nonsense")
    refused(
        "LimitExceededException",
        kms.tag_resource,
        KeyId=key,
        Tags=[{"TagKey": f"{n}", "TagValue": ""} for n in range(51)],
    )


def a_policy_that_is_not_enforced_is_refused():
    kms = client()
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    found = ok(kms.get_key_policy(KeyId=key, PolicyName="default"))
    policy = json.loads(found["Policy"])
    assert (
        policy["Statement"][0]["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        and found["PolicyName"] == "default"
    )
    assert ok(kms.put_key_policy(KeyId=key, PolicyName="default", Policy=found["Policy"])) == {}
    assert ok(kms.create_key(Policy=found["Policy"]))["KeyMetadata"]["Enabled"]
    pages = every_page(kms, "list_key_policies", "PolicyNames", 1, KeyId=key)
    assert pages == ["default"]
    policy["Statement"][0]["Principal"] = {"AWS": "*"}
    for text in [json.dumps(policy), "nonsense", "{}", '{"Statement": []}']:
        refused("MalformedPolicyDocumentException", kms.put_key_policy, KeyId=key, PolicyName="default", Policy=text)
    refused("NotFoundException", kms.get_key_policy, KeyId=key, PolicyName="other")
    refused("NotFoundException", kms.put_key_policy, KeyId=NOBODYS, Policy=found["Policy"])
    refused("NotFoundException", kms.list_key_policies, KeyId=NOBODYS)


CHECKS = [
    every_kind_of_key_is_made_and_described,
    what_is_made_by_default_is_symmetric,
    keys_that_cannot_be_are_refused,
    a_key_goes_by_its_id_and_its_arn_and_no_other,
    keys_are_listed_in_pages,
    a_description_is_changed,
    tags_come_and_go,
    a_policy_that_is_not_enforced_is_refused,
]
