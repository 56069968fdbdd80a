"""boto3 over every operation of the service, done and refused.

boto.py SETTINGS
"""

import sys
import traceback

import boto_asymmetric
import boto_crypto
import boto_grants
import boto_import
import boto_keys
import boto_names
import boto_states
import rig

# What the service has and the vault has not; each is refused in so many words.
NOT_OFFERED = {
    "ConnectCustomKeyStore": {"CustomKeyStoreId": "cks-1"},
    "CreateCustomKeyStore": {"CustomKeyStoreName": "store"},
    "Decapsulate": {"KeyId": "x", "SharedSecretCiphertextBlob": b"x", "EncapsulationAlgorithm": "ML_KEM_768"},
    "DeleteCustomKeyStore": {"CustomKeyStoreId": "cks-1"},
    "DescribeCustomKeyStores": {},
    "DisconnectCustomKeyStore": {"CustomKeyStoreId": "cks-1"},
    "Encapsulate": {"KeyId": "x", "EncapsulationAlgorithm": "ML_KEM_768"},
    "GetKeyLastUsage": {"KeyId": "x"},
    "ReplicateKey": {"KeyId": "x", "ReplicaRegion": "eu-west-1"},
    "UpdateCustomKeyStore": {"CustomKeyStoreId": "cks-1"},
    "UpdatePrimaryRegion": {"KeyId": "x", "PrimaryRegion": "eu-west-1"},
}
PARTS = [boto_keys, boto_names, boto_states, boto_crypto, boto_asymmetric, boto_import, boto_grants]


def what_is_not_offered_says_so():
    kms = rig.raw_client()
    for operation, arguments in NOT_OFFERED.items():
        method = next(name for name, known in kms.meta.method_to_api_mapping.items() if known == operation)
        rig.refused("UnsupportedOperationException", getattr(kms, method), **arguments)


def every_operation_was_done_and_was_refused():
    offered = set(rig.client().meta.service_model.operation_names) - set(NOT_OFFERED)
    assert offered - rig.done == set(), f"never done: {sorted(offered - rig.done)}"
    assert offered - rig.refusals == set(), f"never refused: {sorted(offered - rig.refusals)}"
    print(f"{len(offered)} operations done and refused, {len(NOT_OFFERED)} not offered")


def main():
    checks = [check for part in PARTS for check in part.CHECKS]
    checks += [what_is_not_offered_says_so, every_operation_was_done_and_was_refused]
    failed = 0
    for check in checks:
        try:
            check()
        except Exception:
            failed += 1
            print(f"FAILED {check.__name__}", file=sys.stderr)
            traceback.print_exc()
    print(f"{len(checks) - failed} of {len(checks)} checks hold")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
