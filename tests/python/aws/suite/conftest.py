import boto3
import pytest


@pytest.fixture
def kms():
    return boto3.client("kms")
