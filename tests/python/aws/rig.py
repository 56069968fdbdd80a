"""What the scripts here share: clients of one daemon, and every answer held
against the service model that botocore comes with.

The settings are a JSON file, the first argument of each script:

    {"endpoint": "http://127.0.0.1:4599", "region": "us-east-1", "account": "000000000000",
     "alice": {"id": "…", "secret": "…", "arn": "…"}, "bob": {"id": "…", "secret": "…", "arn": "…"}}

Two users; alice's keys are hers and bob has no part in them unless granted.
"""

import json
import os
import sys
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

import model

SETTINGS = json.loads(Path(sys.argv[1]).read_text())
ENDPOINT, REGION, ACCOUNT = SETTINGS["endpoint"], SETTINGS["region"], SETTINGS["account"]

# Every operation that was answered, and every one that was refused.
done, refusals = set(), set()


def client(who="alice", **options):
    """A client of the service, each answer of which is held against its model."""
    config = Config(retries={"total_max_attempts": 1}, **options)
    kms = session(who).client("kms", endpoint_url=ENDPOINT, config=config)
    kms.meta.events.register("before-parse.kms", look_at)
    return kms


def raw_client(who="alice"):
    """The same, which sends what it is told to and leaves judging to the server."""
    return client(who, parameter_validation=False)


def session(who="alice"):
    """A session as one of the two."""
    user = SETTINGS[who]
    return boto3.Session(aws_access_key_id=user["id"], aws_secret_access_key=user["secret"], region_name=REGION)


def environment(who="alice"):
    """What a program needs that is given nothing else: no file of this machine is read."""
    user = SETTINGS[who]
    home = os.environ.get("TMPDIR", "/tmp")
    return {
        "PATH": os.environ["PATH"],
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL_KMS": ENDPOINT,
        "AWS_ACCESS_KEY_ID": user["id"],
        "AWS_SECRET_ACCESS_KEY": user["secret"],
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PAGER": "",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }


def refused(code, call, **arguments):
    """The call is refused by just that exception; what it says is returned."""
    operation = call.__name__
    try:
        answer = call(**arguments)
    except ClientError as error:
        said = error.response["Error"]
        assert said["Code"] == code, f"{operation}: expected {code}, came {said}"
        exceptions = call.__self__.exceptions
        if code in exceptions._code_to_exception:
            assert type(error) is exceptions.from_code(code), f"{operation}: {type(error)}"
        assert said["Message"], f"{operation}: {code} without a word"
        return said["Message"]
    raise AssertionError(f"{operation}: expected {code}, but it was done: {sorted(answer)}")


def ok(answer):
    """The members of an answer, without what HTTP brought along."""
    metadata = answer.pop("ResponseMetadata")
    assert metadata["HTTPStatusCode"] == 200 and len(metadata["RequestId"]) == 36, metadata
    return answer


def look_at(operation_model, response_dict, **_):
    status, body = response_dict["status_code"], response_dict["body"]
    name = operation_model.name
    (done if status == 200 else refusals).add(name)
    wrong = model.wrong(operation_model, status, response_dict["headers"], body)
    assert not wrong, f"{name}, {status}: {wrong}"


def every_page(kms, operation, member, pages, **arguments):
    """All items, which came in more than so many pages."""
    found = list(kms.get_paginator(operation).paginate(**arguments))
    assert len(found) >= pages, f"{operation}: {len(found)} pages"
    return [item for page in found for item in page[member]]


def arn(key):
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:key/{key}"


def alias_arn(alias):
    return f"arn:aws:kms:{REGION}:{ACCOUNT}:{alias}"
