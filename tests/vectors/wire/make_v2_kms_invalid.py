#!/usr/bin/env python3
"""Writes v2_kms_invalid.json: bytes about keys and access keys that are no
version 2 message, and why.

Made by hand, apart from the Rust code, as make_v2_invalid.py is. The result is
frozen; this refuses to overwrite it.
"""
from base64 import b64encode

from cases import jreq, jresp, req, resp, text, varint, write

# Positions, in the order of the protocol.
ACCESS_KEY, KEY = 4, 5
(CREATE, DESCRIBE, LIST, ENABLE, DISABLE, SCHEDULE, CANCEL, UPDATE, TAG, UNTAG, LIST_TAGS, CREATE_ALIAS, UPDATE_ALIAS,
 DELETE_ALIAS, LIST_ALIASES, ENCRYPT, DECRYPT, RE_ENCRYPT, DATA_KEY, SEALED_DATA_KEY, PAIR, SEALED_PAIR, RANDOM, MAC,
 VERIFY_MAC, SIGN, VERIFY, PUBLIC, DERIVE, ROTATE, ENABLE_ROTATION, DISABLE_ROTATION, ROTATION_STATUS, ROTATIONS,
 PARAMETERS, IMPORT, DELETE_MATERIAL, EXPORT, GRANT, GRANTS, RETIRABLE, REVOKE, RETIRE, POLICY, PUT_POLICY,
 CENSUS) = range(46)
NONE, SOME, NO, YES = b"\0", b"\1", b"\0", b"\1"
HEAD = b"\7" + NONE
K = text("k")


def key(operation, *rest, dry_run=NO):
    return HEAD + bytes([KEY]) + dry_run + bytes([operation]) + b"".join(rest)


def access(number, *rest):
    return HEAD + bytes([ACCESS_KEY, number]) + b"".join(rest)


def create(spec=b"\0", usage=b"\0", origin=b"\0", exportable=NO, description="", tags=b"\0"):
    return key(CREATE, spec, usage, origin, exportable, text(description), tags)


def encrypt(name=K, plaintext=text("p"), context=b"\0", algorithm=b"\0"):
    return key(ENCRYPT, name, plaintext, context, algorithm)


def grant(operations=b"\1\0", constraint=NONE, name=NONE, retiring=NONE):
    return key(GRANT, K, text("ext:a"), retiring, operations, constraint, name)


PAIR_OF = text("a") + text("b")
STATEMENT = b"\1\1\1\0"

req("topic_only", HEAD + bytes([KEY]), "truncated")
req("dry_run_only", HEAD + bytes([KEY, 0]), "truncated")
req("dry_run_2", key(CENSUS, K, dry_run=b"\2"))
req("operation_unknown_46", key(46))
req("operation_padded", HEAD + bytes([KEY, 0]) + varint(DESCRIBE, 2) + K, "not_canonical")
req("describe_trailing", key(DESCRIBE, K, b"\0"), "trailing")
req("describe_257_bytes", key(DESCRIBE, text("k" * 257)))
req("describe_not_utf8", key(DESCRIBE, text(b"\xff")))
req("describe_length_largest", key(DESCRIBE, varint(2**64 - 1), b"k"), "truncated")
req("create_spec_13", create(spec=b"\x0d"))
req("create_spec_padded", create(spec=varint(1, 2)), "not_canonical")
req("create_usage_4", create(usage=b"\4"))
req("create_origin_2", create(origin=b"\2"))
req("create_exportable_2", create(exportable=b"\2"))
req("create_description_32769_bytes", create(description="d" * 32_769))
req("create_51_tags", create(tags=varint(51) + PAIR_OF * 51))
req("create_tags_count_largest", create(tags=varint(2**64 - 1)), "truncated")
req("create_tag_name_513_bytes", create(tags=b"\1" + text("n" * 513) + text("v")))
req("create_tag_value_1025_bytes", create(tags=b"\1" + text("n") + text("v" * 1_025)))
req("list_limit_over_32_bits", key(LIST, NONE, varint(2**32)))
req("list_after_option_2", key(LIST, b"\2", K, b"\1"))
req("schedule_days_padded", key(SCHEDULE, K, varint(7, 2)), "not_canonical")
req("untag_51_names", key(UNTAG, K, varint(51), text("n") * 51))
req("untag_name_513_bytes", key(UNTAG, K, b"\1", text("n" * 513)))
req("encrypt_short", encrypt()[:-1], "truncated")
req("encrypt_trailing", encrypt() + b"\0", "trailing")
req("encrypt_algorithm_3", encrypt(algorithm=b"\3"))
req("encrypt_plaintext_length_padded", encrypt(plaintext=varint(1, 2) + b"p"), "not_canonical")
req("encrypt_plaintext_length_largest", encrypt(plaintext=varint(2**64 - 1) + b"p"), "truncated")
req("encrypt_129_pairs", encrypt(context=varint(129) + PAIR_OF * 129))
req("encrypt_pairs_count_one_more", encrypt(context=b"\2" + PAIR_OF, algorithm=b""), "truncated")
req("encrypt_context_key_16385_bytes", encrypt(context=b"\1" + text("k" * 16_385) + text("v")))
req("encrypt_context_value_16385_bytes", encrypt(context=b"\1" + text("k") + text("v" * 16_385)))
req("encrypt_context_not_utf8", encrypt(context=b"\1" + text("k") + text(b"\xc3\x28")))
req("decrypt_key_option_2", key(DECRYPT, b"\2", K, text("c"), b"\0\0"))
req("re_encrypt_without_target", key(RE_ENCRYPT, NONE, text("c"), b"\0\0"), "truncated")
req("data_key_len_over_32_bits", key(DATA_KEY, K, b"\0", varint(2**32)))
req("random_len_padded", key(RANDOM, varint(16, 2)), "not_canonical")
req("mac_algorithm_4", key(MAC, K, text("m"), b"\4"))
req("sign_digest_2", key(SIGN, K, text("m"), b"\2\0"))
req("sign_algorithm_10", key(SIGN, K, text("m"), b"\0\x0a"))
req("verify_without_signature", key(VERIFY, K, text("m"), b"\0\0"), "truncated")
req("parameters_wrapping_4", key(PARAMETERS, K, b"\4\x0a"))
req("import_token_31_bytes", key(IMPORT, K, b"\7" * 31), "truncated")
req("import_expiry_option_2", key(IMPORT, K, b"\7" * 32, text("w"), b"\2\1"))
req("grant_operation_17", grant(operations=b"\1\x11"))
req("grant_33_operations", grant(operations=varint(33) + b"\0" * 33))
req("grant_constraint_2", grant(constraint=SOME + b"\2\0"))
req("grant_constraint_129_pairs", grant(constraint=SOME + b"\0" + varint(129) + PAIR_OF * 129))
req("grant_name_257_bytes", grant(name=SOME + text("n" * 257)))
req("grant_retiring_257_bytes", grant(retiring=SOME + text("u" * 257)))
req("revoke_grant_31_bytes", key(REVOKE, K, b"\7" * 31), "truncated")
req("retirable_option_2", key(RETIRABLE, b"\2", b"\1"))
req("put_policy_65_statements", key(PUT_POLICY, K, varint(65), STATEMENT * 65))
req("put_policy_flag_2", key(PUT_POLICY, K, b"\1", b"\1\1\2\0"))
req("access_key_unknown_3", access(3))
req("access_key_description_1025_bytes", access(0, NONE, text("d" * 1_025), NONE))
req("access_key_user_257_bytes", access(1, SOME, text("u" * 257)))
req("access_key_revoke_257_bytes", access(2, text("i" * 257)))

OK, ERR = b"\0", b"\1"


def ok(*rest):
    return b"\7" + NONE + OK + b"".join(bytes(part) for part in rest)


def err(*rest):
    return b"\7" + NONE + ERR + b"".join(bytes(part) for part in rest)


REPLY = [16]
resp("reply_unknown_27", ok(REPLY, [27]))
resp("reply_padded", ok(varint(16, 2), [17, 1]), "not_canonical")
resp("keys_1001", ok(REPLY, [1], varint(1_001), K * 1_001, NO))
resp("keys_more_2", ok(REPLY, [1, 0, 2]))
resp("tags_51", ok(REPLY, [3], varint(51), PAIR_OF * 51))
resp("aliases_1001", ok(REPLY, [4], varint(1_001), (text("alias/a") + K + b"\0\0") * 1_001, NO))
resp("encrypted_version_over_32_bits", ok(REPLY, [5], K, varint(2**32), text("c")))
resp("mac_trailing", ok(REPLY, [12], K, text("m"), [0]), "trailing")
resp("grants_count_largest", ok(REPLY, [24], varint(2**64 - 1)), "truncated")
resp("granted_31_bytes", ok(REPLY, [23], b"\7" * 31), "truncated")
resp("census_1025_versions", ok(REPLY, [26], varint(1_025), (b"\1" + b"\7" * 32 + b"\0" * 11) * 1_025, b"\0\0\0"))
resp("rotation_status_trailing", ok(REPLY, [18, 0, 0, 2, 0]), "trailing")
resp("access_keys_1001",
     ok([15], varint(1_001), (text("i") + text("u") + text("") + b"\0" + NONE + NONE) * 1_001))
resp("access_key_secret_129_bytes", ok([14], text("i"), text("s" * 129), NONE))
resp("not_found_thing_4", err([22, 4]))
resp("key_state_4", err([23, 4]))
resp("wrong_usage_padded", err([24], varint(1, 2)), "not_canonical")
resp("incorrect_material_257_bytes", err([29], text("e" * 257)))
resp("limit_exceeded_short", err([33], text("keys")), "truncated")
resp("policy_statement_over_32_bits", err([34], varint(2**32)))
resp("dry_run_trailing", err([36, 0]), "trailing")


def j(operation, dry_run="false"):
    return '{"id":1,"call":{"key":{"dry_run":' + dry_run + ',"operation":' + operation + "}}}"


def jencrypt(plaintext='"aGk="', context="[]", algorithm='"symmetric_default"', more=""):
    return j('{"encrypt":{"key":"k","plaintext":' + plaintext + ',"context":' + context + ',"algorithm":' + algorithm
             + more + "}}")


def jgrant(operations='["encrypt"]', constraint="null"):
    return j('{"create_grant":{"key":"k","grantee":"ext:a","operations":' + operations + ',"constraint":' + constraint
             + "}}")


jreq("operation_beside_key", '{"id":1,"call":{"key":{"describe":{"key":"k"}}}}')
jreq("without_dry_run", '{"id":1,"call":{"key":{"operation":{"describe":{"key":"k"}}}}}')
jreq("dry_run_as_number", j('{"describe":{"key":"k"}}', "1"))
jreq("dry_run_null", j('{"describe":{"key":"k"}}', "null"))
jreq("key_as_array", '{"id":1,"call":{"key":[false,{"describe":{"key":"k"}}]}}')
jreq("operation_as_array", j('{"describe":["k"]}'))
jreq("operation_as_string", j('"describe"'))
jreq("operation_upper_case", j('{"Describe":{"key":"k"}}'))
jreq("operation_unknown", j('{"decipher":{"key":"k"}}'))
jreq("two_operations", j('{"enable":{"key":"k"},"disable":{"key":"k"}}'))
jreq("unfinished", j('{"describe":{"key":"k"}}')[:-1], "truncated")
jreq("unknown_field", j('{"describe":{"key":"k","alias":"alias/a"}}'))
jreq("repeated_field", j('{"describe":{"key":"k","key":"l"}}'))
jreq("key_null", j('{"describe":{"key":null}}'))
jreq("plaintext_not_base64", jencrypt(plaintext='"hi"'))
jreq("plaintext_unpadded", jencrypt(plaintext='"aGk"'))
jreq("plaintext_array", jencrypt(plaintext="[104,105]"))
jreq("plaintext_escaped", jencrypt(plaintext='"\\u0061Gk="'))
jreq("plaintext_null", jencrypt(plaintext="null"))
jreq("context_as_map", jencrypt(context='{"tenant":"blue"}'))
jreq("context_pair_as_array", jencrypt(context='[["tenant","blue"]]'))
jreq("context_pair_without_value", jencrypt(context='[{"key":"tenant"}]'))
jreq("context_value_number", jencrypt(context='[{"key":"tenant","value":1}]'))
jreq("context_129_pairs", jencrypt(context="[" + ",".join(['{"key":"a","value":"b"}'] * 129) + "]"))
jreq("algorithm_upper_case", jencrypt(algorithm='"SYMMETRIC_DEFAULT"'))
jreq("algorithm_as_object", jencrypt(algorithm='{"symmetric_default":{}}'))
jreq("encrypt_with_version", jencrypt(more=',"version":1'))
jreq("decrypt_without_context", j('{"decrypt":{"ciphertext":"","algorithm":"symmetric_default"}}'))
jreq("tags_as_map", j('{"tag":{"key":"k","tags":{"team":"a"}}}'))
jreq("tag_as_array", j('{"tag":{"key":"k","tags":[["team","a"]]}}'))
jreq("names_as_text", j('{"untag":{"key":"k","names":"team"}}'))
jreq("spec_unknown", j('{"create":{"spec":"aes_256","usage":"encrypt_decrypt","origin":"internal","exportable":false,'
                       '"description":"","tags":[]}}'))
jreq("limit_negative", j('{"list":{"limit":-1}}'))
jreq("after_array", j('{"list":{"after":["k"],"limit":1}}'))
jreq("after_grant_array", j('{"list_retirable_grants":{"after_grant":["k",1],"limit":1}}'))
jreq("token_upper_case_hex", j('{"import_material":{"key":"k","token":"' + "AB" * 32 + '","wrapped":""}}'))
jreq("token_62_digits", j('{"import_material":{"key":"k","token":"' + "ab" * 31 + '","wrapped":""}}'))
jreq("token_base64", j('{"import_material":{"key":"k","token":"' + b64encode(b"t" * 32).decode() + '","wrapped":""}}'))
jreq("grant_as_array", j('{"revoke_grant":{"key":"k","grant":[' + ",".join(["7"] * 32) + "]}}"))
jreq("operations_as_text", jgrant(operations='"encrypt"'))
jreq("operations_upper_case", jgrant(operations='["Encrypt"]'))
jreq("operations_nested", jgrant(operations='[["encrypt"]]'))
jreq("constraint_both", jgrant(constraint='{"equals":[],"subset":[]}'))
jreq("constraint_as_map", jgrant(constraint='{"equals":{"tenant":"blue"}}'))
jreq("constraint_unknown", jgrant(constraint='{"superset":[]}'))
jreq("statement_as_array", j('{"put_policy":{"key":"k","statements":[[true,true,true,false]]}}'))
jreq("access_key_create_with_secret",
     '{"id":1,"call":{"access_key":{"create":{"description":"","secret_access_key":"aGk="}}}}')
jreq("access_key_list_as_string", '{"id":1,"call":{"access_key":"list"}}')
jreq("eleven_levels", '{"context":' + "[{\"context\":" * 5 + "[]" + "}]" * 5 + "}")


def jr(result):
    return '{"id":1,"stamp":null,"result":' + result + "}"


jresp("keys_as_array", jr('{"ok":{"key":{"keys":[["k"],false]}}}'))
jresp("items_as_map", jr('{"ok":{"key":{"tags":{"items":{"team":"a"}}}}}'))
jresp("plaintext_not_base64", jr('{"ok":{"key":{"decrypted":{"key":"k","version":1,"plaintext":"hi"}}}}'))
jresp("version_negative", jr('{"ok":{"key":{"rotated":{"version":-1}}}}'))
jresp("on_demand_256", jr('{"ok":{"key":{"rotation_status":{"period_days":null,"next_at":null,"on_demand":256}}}}'))
jresp("mac_without_key", jr('{"ok":{"key":{"mac":{"mac":"aGk="}}}}'))
jresp("grant_63_digits", jr('{"ok":{"key":{"granted":{"grant":"' + "a" * 63 + '"}}}}'))
jresp("thing_unknown", jr('{"err":{"not_found":{"what":"secret"}}}'))
jresp("state_unknown", jr('{"err":{"key_state":{"state":"deleted"}}}'))
jresp("invalid_ciphertext_with_reason", jr('{"err":{"invalid_ciphertext":{"reason":"context"}}}'))
jresp("dry_run_as_string", jr('{"err":"dry_run"}'))

write("v2_kms_invalid.json")
