"""Signatures by hand: what botocore would never send.

signatures.py SETTINGS
"""

import datetime
import http.client
import json
import sys
import time
import urllib.parse

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from rig import ENDPOINT, REGION, SETTINGS

TARGET = "TrentService.GenerateRandom"
BODY = b'{"NumberOfBytes": 8}'


def signed(body=BODY, who="alice", secret=None, ago=0, region=REGION, service="kms"):
    """The headers of a request, signed by botocore as of some seconds ago."""
    user = SETTINGS[who]
    request = AWSRequest(
        "POST",
        ENDPOINT + "/",
        data=body,
        headers={"X-Amz-Target": TARGET, "Content-Type": "application/x-amz-json-1.1"},
    )
    now = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=ago)
    known, botocore.auth.get_current_datetime = botocore.auth.get_current_datetime, lambda *_, **__: now.replace(
        tzinfo=None
    )
    try:
        botocore.auth.SigV4Auth(Credentials(user["id"], secret or user["secret"]), service, region).add_auth(request)
    finally:
        botocore.auth.get_current_datetime = known
    return dict(request.headers.items())


def ask(headers, body=BODY, method="POST", path="/"):
    """Status, and the error's name or what was answered."""
    address = urllib.parse.urlsplit(ENDPOINT).netloc
    connection = http.client.HTTPConnection(address, timeout=30)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": address, **headers, "Content-Length": str(len(body))}.items():
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    said = json.loads(answer.read())
    connection.close()
    return answer.status, said.get("__type", said)


def refused(code, headers, body=BODY, **how):
    status, said = ask(headers, body, **how)
    assert said == code and 400 <= status < 404, f"expected {code}, came {status} {said}"


def a_good_one_is_answered():
    status, said = ask(signed())
    assert status == 200 and len(said["Plaintext"]) == 12, said


def a_wrong_one_is_refused():
    refused("InvalidSignatureException", signed(secret="x" * 40))
    refused("InvalidSignatureException", signed(), b'{"NumberOfBytes": 9}')
    for header, value in [("X-Amz-Target", "TrentService.ListKeys"), ("Content-Type", "application/x-amz-json-1.0")]:
        refused("InvalidSignatureException", {**signed(), header: value})
    headers = signed()
    flipped = headers["Authorization"][:-1] + ("0" if headers["Authorization"][-1] != "0" else "1")
    refused("InvalidSignatureException", {**headers, "Authorization": flipped})
    refused("InvalidSignatureException", {**headers, "X-Amz-Date": signed(ago=60)["X-Amz-Date"]})
    # Signed well, by somebody else's key.
    bob = signed(who="bob")["Authorization"].split("Credential=")[1].split("/")[0]
    alice = SETTINGS["alice"]["id"]
    refused("InvalidSignatureException", {**headers, "Authorization": headers["Authorization"].replace(alice, bob)})


def a_stranger_is_refused():
    headers = signed()
    unknown = headers["Authorization"].replace(SETTINGS["alice"]["id"], "AKIAIOSFODNN7EXAMPLE")
    refused("UnrecognizedClientException", {**headers, "Authorization": unknown})
    without = {name: value for name, value in headers.items() if name != "Authorization"}
    refused("MissingAuthenticationTokenException", without)
    refused("IncompleteSignatureException", {**headers, "Authorization": "AWS4-HMAC-SHA256 nonsense"})


def a_clock_is_off_by_15_minutes_at_most():
    for ago in [14 * 60, -14 * 60]:
        assert ask(signed(ago=ago))[0] == 200, ago
    for ago in [16 * 60, -16 * 60, 86_400]:
        refused("InvalidSignatureException", signed(ago=ago))


def a_signature_is_for_one_service():
    refused("InvalidSignatureException", signed(service="s3"))
    # Regions are names here, and one key of a vault is worth the same in each.
    assert ask(signed(region="mars-north-1"))[0] == 200


def a_request_that_was_heard_is_not_heard_later():
    headers = signed()
    # As a client does that has lost the answer.
    assert [ask(headers)[0] for _ in range(3)] == [200] * 3
    time.sleep(12)
    refused("InvalidSignatureException", headers)
    assert ask(signed())[0] == 200


def main():
    checks = [
        a_good_one_is_answered,
        a_wrong_one_is_refused,
        a_stranger_is_refused,
        a_clock_is_off_by_15_minutes_at_most,
        a_signature_is_for_one_service,
        a_request_that_was_heard_is_not_heard_later,
    ]
    for check in checks:
        check()
    print(f"{len(checks)} checks of signatures hold")


if __name__ == "__main__":
    sys.exit(main())
