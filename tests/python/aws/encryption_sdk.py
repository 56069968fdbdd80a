"""The AWS Encryption SDK with a key of ours as master key, over 10 MiB.

encryption_sdk.py SETTINGS
"""

import hashlib
import io
import os
import sys

import aws_encryption_sdk
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError

from rig import ACCOUNT, ENDPOINT, REGION, SETTINGS, arn, client

LENGTH = 10 * 1024 * 1024
CONTEXT = {"file": "big", "stage": "test"}


def main():
    kms = client()
    keys = [arn(kms.create_key()["KeyMetadata"]["KeyId"]) for _ in range(2)]
    # As an application would: the SDK makes its own clients, from the environment.
    os.environ.update(
        AWS_ENDPOINT_URL_KMS=ENDPOINT,
        AWS_DEFAULT_REGION=REGION,
        AWS_ACCESS_KEY_ID=SETTINGS["alice"]["id"],
        AWS_SECRET_ACCESS_KEY=SETTINGS["alice"]["secret"],
        AWS_CONFIG_FILE="/dev/null",
    )
    encryption = aws_encryption_sdk.EncryptionSDKClient()
    provider = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=keys)

    plaintext = os.urandom(LENGTH)
    with encryption.stream(
        mode="e", source=io.BytesIO(plaintext), key_provider=provider, encryption_context=CONTEXT
    ) as stream:
        ciphertext = b"".join(chunk for chunk in stream)
    assert len(ciphertext) > LENGTH and plaintext[:32] not in ciphertext

    def opened(ciphertext, provider):
        with encryption.stream(mode="d", source=io.BytesIO(ciphertext), key_provider=provider) as stream:
            header, read = stream.header, b"".join(iter(lambda: stream.read(65_536), b""))
        assert CONTEXT.items() <= header.encryption_context.items()
        return read

    # Either master key alone opens it, and so does a provider that is told the account only.
    for key in keys:
        alone = aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=[key])
        assert hashlib.sha256(opened(ciphertext, alone)).digest() == hashlib.sha256(plaintext).digest()
    filtered = aws_encryption_sdk.DiscoveryAwsKmsMasterKeyProvider(
        discovery_filter=aws_encryption_sdk.key_providers.kms.DiscoveryFilter(account_ids=[ACCOUNT], partition="aws")
    )
    assert opened(ciphertext, filtered) == plaintext
    kms.rotate_key_on_demand(KeyId=keys[0])
    assert opened(ciphertext, aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=keys[:1])) == plaintext
    kms.disable_key(KeyId=keys[0])
    try:
        opened(ciphertext, aws_encryption_sdk.StrictAwsKmsMasterKeyProvider(key_ids=keys[:1]))
    except AWSEncryptionSDKClientError as error:
        assert "decrypt" in str(error).lower(), error
    else:
        raise AssertionError("opened under a disabled key")
    print(f"{LENGTH} bytes through the AWS Encryption SDK")


if __name__ == "__main__":
    sys.exit(main())
