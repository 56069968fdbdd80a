#!/usr/bin/env python3
"""Writes v2_invalid.json: bytes that are no version 2 message, and why.

Made by hand, apart from the Rust code, as make_v1_invalid.py is. What version 1
refuses is refused inside `vault` too, of which a few cases stand here; what is
about keys stands in v2_kms_invalid.json. The result is frozen; this refuses to
overwrite it.
"""
import json
from base64 import b64encode

from cases import jreq, jresp, req, resp, text, varint, write

# Positions, in the order of the protocol.
VAULT, APP, TOKEN, SECRET = range(4)
ADD, LIST, SHOW, REMOVE, SUSPEND, OWNER, BIND, UNBIND = range(8)
CREATE, TOKENS, REVOKE, PRESENT = range(4)
DECLARED, DESCRIBE, REQUIRE, SET_PENDING, PROMOTE, REJECT, WEBHOOK, OAUTH_BEGIN, OAUTH_REDEEM = range(9)
NONE, SOME = b"\0", b"\1"
HEAD = b"\7" + NONE
OWN, ANY, FIXED = b"\0", b"\1", b"\2"


def call(topic, number, *rest):
    return HEAD + bytes([topic, number]) + b"".join(rest)


def spec(name="n", description="", required=b"\0", mode=b"\0", scope=b"\0", max_bytes=b"\1", hint=NONE, env=NONE,
         reveal=b"\0", keep=b"\2", instances=b"\0", expires=NONE):
    return (text(name) + text(description) + required + mode + scope + max_bytes + hint + env + reveal + keep
            + instances + expires)


def add(specs, count=None, description="", rest=b"\0\0"):
    count = varint(len(specs)) if count is None else count
    return call(APP, ADD, text("a"), text(description), NONE, count, *specs, rest)


req("empty", b"", "truncated")
req("id_only", [7], "truncated")
req("no_call", HEAD, "truncated")
req("topic_only", HEAD + b"\1", "truncated")
req("of_version_1", b"\7\0", "truncated")
req("of_version_1_whoami", b"\7\1", "truncated")
req("of_version_1_seal", b"\7\x09", "malformed")
req("id_padded", varint(7, 2) + NONE + b"\0\0", "not_canonical")
req("acting_option_2", b"\7\2" + text("a") + NONE + b"\1\1", "malformed")
req("acting_without_user", b"\7" + SOME + text("a"), "truncated")
req("acting_user_option_2", b"\7" + SOME + text("a") + b"\2" + text("u") + b"\1\1", "malformed")
req("acting_app_not_utf8", b"\7" + SOME + text(b"\xff") + NONE + b"\1\1", "malformed")
req("acting_app_257_bytes", b"\7" + SOME + text("a" * 257) + NONE + b"\1\1", "malformed")
req("acting_user_257_bytes", b"\7" + SOME + text("a") + SOME + text("u" * 257) + b"\1\1", "malformed")
req("topic_unknown_6", HEAD + b"\6\0", "malformed")
req("topic_unknown_largest", HEAD + varint(2**32 - 1), "malformed")
req("topic_padded", HEAD + varint(APP, 2) + bytes([LIST]), "not_canonical")
req("vault_unknown_26", HEAD + bytes([VAULT, 26]), "malformed")
req("vault_call_padded", HEAD + bytes([VAULT]) + varint(0, 2), "not_canonical")
req("vault_trailing", HEAD + bytes([VAULT, 0, 0]), "trailing")
req("vault_rekey_root_17_secrets", HEAD + bytes([VAULT, 13, 17]) + b"\0\0" * 17 + b"\0", "malformed")
req("app_unknown_8", call(APP, 8), "malformed")
req("app_call_padded", HEAD + bytes([APP]) + varint(LIST, 3), "not_canonical")
req("app_list_trailing", call(APP, LIST, b"\0"), "trailing")
req("app_show_trailing", call(APP, SHOW, text("a"), b"\0"), "trailing")
req("app_show_257_bytes", call(APP, SHOW, text("a" * 257)), "malformed")
req("app_show_length_largest", call(APP, SHOW, varint(2**64 - 1), b"a"), "truncated")
req("app_show_length_padded", call(APP, SHOW, varint(1, 2), b"a"), "not_canonical")
req("app_show_not_utf8", call(APP, SHOW, text(b"\xc3\x28")), "malformed")
req("app_add_short", add([spec()])[:-1], "truncated")
req("app_add_prune_2", add([], rest=b"\2\0"), "malformed")
req("app_add_dry_run_2", add([], rest=b"\0\2"), "malformed")
req("app_add_description_1025_bytes", add([], description="d" * 1025), "malformed")
req("app_add_count_padded", add([spec()], count=varint(1, 2)), "not_canonical")
req("app_add_count_largest", add([spec()], count=varint(2**64 - 1), rest=b""), "truncated")
req("app_add_count_one_more", add([spec()], count=varint(2), rest=b""), "truncated")
req("app_add_257_specs", add([spec()] * 257), "malformed")
req("spec_required_2", add([spec(required=b"\2")]), "malformed")
req("spec_write_mode_3", add([spec(mode=b"\3")]), "malformed")
req("spec_write_mode_padded", add([spec(mode=varint(1, 2))]), "not_canonical")
req("spec_scope_2", add([spec(scope=b"\2")]), "malformed")
req("spec_max_bytes_over_32_bits", add([spec(max_bytes=varint(2**32))]), "malformed")
req("spec_max_bytes_padded", add([spec(max_bytes=varint(1, 2))]), "not_canonical")
req("spec_hint_option_2", add([spec(hint=b"\2\1")]), "malformed")
req("spec_env_257_bytes", add([spec(env=SOME + text("E" * 257))]), "malformed")
req("spec_description_1025_bytes", add([spec(description="d" * 1025)]), "malformed")
req("spec_instances_2", add([spec(instances=b"\2")]), "malformed")
req("spec_expires_padded", add([spec(expires=SOME + varint(1, 2))]), "not_canonical")
req("app_remove_shred_2", call(APP, REMOVE, text("a"), b"\2"), "malformed")
req("app_suspend_2", call(APP, SUSPEND, text("a"), b"\2"), "malformed")
req("app_bind_acts_for_3", call(APP, BIND, text("a"), text("u"), b"\3"), "malformed")
req("app_bind_acts_for_padded", call(APP, BIND, text("a"), text("u"), varint(1, 2)), "not_canonical")
req("app_bind_fixed_to_nobody", call(APP, BIND, text("a"), text("u"), FIXED), "truncated")
req("app_bind_fixed_257_bytes", call(APP, BIND, text("a"), text("u"), FIXED, text("u" * 257)), "malformed")
req("app_bind_any_trailing", call(APP, BIND, text("a"), text("u"), ANY, text("u")), "trailing")
req("token_unknown_4", call(TOKEN, 4), "malformed")
req("token_create_role_2", call(TOKEN, CREATE, text("a"), b"\2", OWN, NONE, text("l")), "malformed")
req("token_create_expiry_option_2", call(TOKEN, CREATE, text("a"), b"\0", OWN, b"\2\1", text("l")), "malformed")
req("token_create_label_257_bytes", call(TOKEN, CREATE, text("a"), b"\0", OWN, NONE, text("l" * 257)), "malformed")
req("token_present_129_bytes", call(TOKEN, PRESENT, text("t" * 129)), "malformed")
req("token_present_length_padded", call(TOKEN, PRESENT, varint(1, 2), b"t"), "not_canonical")
req("token_present_length_largest", call(TOKEN, PRESENT, varint(2**64 - 1), b"t"), "truncated")
req("secret_unknown_9", call(SECRET, 9), "malformed")
req("secret_declared_user_option_2", call(SECRET, DECLARED, text("a"), b"\2", text("u")), "malformed")
req("secret_set_pending_without_version", call(SECRET, SET_PENDING, NONE, text("n"), text("v")), "truncated")
req("secret_set_pending_value_padded", call(SECRET, SET_PENDING, NONE, text("n"), varint(1, 2), b"v", NONE),
    "not_canonical")
req("secret_promote_version_padded", call(SECRET, PROMOTE, NONE, text("n"), varint(1, 2)), "not_canonical")
req("secret_promote_version_over_64_bits", call(SECRET, PROMOTE, NONE, text("n"), bytes([0xFF] * 9 + [2])), "malformed")


def webhook(scheme=b"\0", headers=b"\0", body=text("b"), replay=NONE, tolerance=NONE):
    return call(SECRET, WEBHOOK, NONE, text("n"), scheme, headers, body, replay, tolerance)


HEADER = text("n") + text("v")
req("webhook_short", webhook()[:-1], "truncated")
req("webhook_trailing", webhook() + b"\0", "trailing")
req("webhook_scheme_6", webhook(scheme=b"\6"), "malformed")
req("webhook_scheme_padded", webhook(scheme=varint(1, 2)), "not_canonical")
req("webhook_hmac_encoding_2", webhook(scheme=b"\5" + text("h") + b"\2" + text("p")), "malformed")
req("webhook_hmac_header_257_bytes", webhook(scheme=b"\5" + text("h" * 257) + b"\0" + text("p")), "malformed")
req("webhook_65_headers", webhook(headers=varint(65) + HEADER * 65), "malformed")
req("webhook_headers_count_largest",
    webhook(headers=varint(2**64 - 1) + HEADER, body=b"", replay=b"", tolerance=b""), "truncated")
req("webhook_header_value_8193_bytes", webhook(headers=b"\1" + text("n") + text("v" * 8193)), "malformed")
req("webhook_header_name_257_bytes", webhook(headers=b"\1" + text("n" * 257) + text("v")), "malformed")
req("webhook_header_not_utf8", webhook(headers=b"\1" + text("n") + text(b"\xff")), "malformed")
req("webhook_body_length_largest", webhook(body=varint(2**64 - 1) + b"b"), "truncated")
req("webhook_replay_option_2", webhook(replay=b"\2" + text("r")), "malformed")
req("webhook_tolerance_over_32_bits", webhook(tolerance=SOME + varint(2**32)), "malformed")
req("oauth_begin_redirect_2049_bytes",
    call(SECRET, OAUTH_BEGIN, text("a"), text("p"), NONE, SOME, text("r" * 2049)), "malformed")
req("oauth_redeem_129_bytes", call(SECRET, OAUTH_REDEEM, text("a"), text("s" * 129)), "malformed")
req("json_in_postcard", '{"id":1,"call":{"vault":{"status":{}}}}', "malformed")

OK, ERR = b"\0", b"\1"
DONE = bytes([0, 8])


def ok(*rest):
    return b"\7" + NONE + OK + b"".join(bytes(part) for part in rest)


def err(*rest):
    return b"\7" + NONE + ERR + b"".join(bytes(part) for part in rest)


resp("empty", b"", "truncated")
resp("of_version_1_done", ok([8]), "truncated")
resp("result_2", b"\7" + NONE + b"\2" + DONE, "malformed")
resp("reply_unknown_17", ok([17]), "malformed")
resp("reply_padded", ok(varint(0, 2), [8]), "not_canonical")
resp("vault_unknown_20", ok([0, 20]), "malformed")
resp("done_trailing", ok(DONE, [0]), "trailing")
resp("error_unknown_37", err([37]), "malformed")
resp("sealed_trailing", err([0, 0]), "trailing")
resp("not_declared_name_option_2", err([15], text("a"), [2], text("n")), "malformed")
resp("not_declared_name_257_bytes", err([15], text("a"), SOME, text("n" * 257)), "malformed")
resp("no_such_app_257_bytes", err([16], text("a" * 257)), "malformed")
resp("orphans_padded", err([18], varint(2, 2)), "not_canonical")
resp("bad_token_trailing", err([19, 0]), "trailing")
resp("webhook_reason_6", err([20, 6]), "malformed")
resp("webhook_reason_padded", err([20], varint(0, 2)), "not_canonical")
resp("apps_count_largest", ok([1], varint(2**64 - 1)), "truncated")
APP_INFO = text("a") + text("") + text("o") + b"\0\0\0"
resp("apps_513", ok([1], varint(513), APP_INFO * 513), "malformed")
resp("app_65_bindings", ok([2], APP_INFO, b"\0", varint(65), (text("u") + ANY) * 65), "malformed")
resp("app_changed_17_fields", ok([3, 0, 1], text("n"), [1], varint(17), text("f") * 17, b"\0\0"), "malformed")
resp("app_changed_kind_3", ok([3, 0, 1], text("n"), [3, 0, 0, 0]), "malformed")
resp("token_created_129_bytes", ok([4], text("i"), text("t" * 129), NONE), "malformed")
resp("presented_role_2", ok([6], text("a"), [2], ANY, NONE), "malformed")
resp("promoted_padded", ok([10], varint(1, 2)), "not_canonical")
resp("webhook_option_2", ok([11, 2]), "malformed")
resp("gate_ready_2", ok([9, 2, 0]), "malformed")
resp("oauth_begun_129_bytes", ok([12], text("s" * 129), text("c"), [0]), "malformed")


def j(body, acting=None):
    head = '{"id":1,' if acting is None else '{"id":1,"acting":' + acting + ","
    return head + '"call":' + body + "}"


jreq("empty", "", "truncated")
jreq("unfinished", j('{"vault":{"status":{}}')[:-1], "truncated")
jreq("of_version_1", '{"id":1,"call":{"status":{}}}')
jreq("of_version_1_get", '{"id":1,"call":{"get":{"name":"n"}}}')
jreq("trailing_bracket", j('{"vault":{"status":{}}}') + "}", "trailing")
jreq("topic_as_string", j('"app"'))
jreq("topic_empty", j('{"app":{}}'))
jreq("topic_null", j('{"app":null}'))
jreq("topic_unknown", j('{"kms":{"list":{}}}'))
jreq("two_topics", j('{"app":{"list":{}},"token":{"list":{}}}'))
jreq("two_calls", j('{"app":{"list":{},"show":{"app":"a"}}}'))
jreq("call_as_string", j('{"app":"list"}'))
jreq("call_as_array", j('{"app":{"show":["a"]}}'))
jreq("call_in_array", j('{"app":["list",{}]}'))
jreq("unknown_field", j('{"app":{"show":{"app":"a","user":"uid:1"}}}'))
jreq("unknown_field_beside_call", '{"id":1,"as":null,"call":{"app":{"list":{}}}}')
jreq("repeated_app", j('{"app":{"show":{"app":"a","app":"b"}}}'))
jreq("acting_as_string", j('{"app":{"list":{}}}', '"billing"'))
jreq("acting_as_array", j('{"app":{"list":{}}}', '["billing",null]'))
jreq("acting_empty", j('{"app":{"list":{}}}', "{}"))
jreq("acting_unknown_field", j('{"app":{"list":{}}}', '{"app":"a","uid":0}'))
jreq("acting_twice", '{"id":1,"acting":null,"acting":{"app":"a"},"call":{"app":{"list":{}}}}')
jreq("acting_app_null", j('{"app":{"list":{}}}', '{"app":null}'))
jreq("acting_user_number", j('{"app":{"list":{}}}', '{"app":"a","user":1001}'))
jreq("acting_user_257_bytes", j('{"app":{"list":{}}}', '{"app":"a","user":"' + "u" * 257 + '"}'))
jreq("acting_user_129_letters_of_two_bytes", j('{"app":{"list":{}}}', '{"app":"a","user":"' + "\u00e9" * 129 + '"}'))
jreq("acting_user_257_escapes", j('{"app":{"list":{}}}', '{"app":"a","user":"' + "\\u0061" * 257 + '"}'))


def bind(acts_for):
    return j('{"app":{"bind":{"app":"a","user":"uid:1","acts_for":' + acts_for + "}}}")


jreq("acts_for_unknown", bind('"everyone"'))
jreq("acts_for_own_user", bind('"own_user"'))
jreq("acts_for_upper_case", bind('"Any"'))
jreq("acts_for_fixed_alone", bind('"fixed"'))
jreq("acts_for_fixed_null", bind('{"fixed":null}'))
jreq("acts_for_fixed_array", bind('{"fixed":["uid:1"]}'))
jreq("acts_for_any_with_user", bind('{"any":"uid:1"}'))
jreq("acts_for_null", bind("null"))
jreq("acts_for_number", bind("1"))

SPEC = {"name": "n", "description": "", "required": True, "write_mode": "user", "scope": "user", "max_bytes": 1,
        "reveal": False, "keep_versions": 2, "instances": False}


def jspec(**changed):
    fields = {key: value for key, value in {**SPEC, **changed}.items() if value is not Ellipsis}
    return jadd([json.dumps(fields)])


def jadd(specs):
    return j('{"app":{"add":{"app":"a","description":"","secrets":[' + ",".join(specs)
             + '],"prune":false,"dry_run":false}}}')


jreq("spec_without_scope", jspec(scope=...))
jreq("spec_without_instances", jspec(instances=...))
jreq("spec_unknown_field", jspec(value="x"))
jreq("spec_write_mode_unknown", jspec(write_mode="panel"))
jreq("spec_scope_upper_case", jspec(scope="User"))
jreq("spec_max_bytes_negative", jspec(max_bytes=-1))
jreq("spec_max_bytes_over_32_bits", jspec(max_bytes=2**32))
jreq("spec_keep_versions_256", jspec(keep_versions=256))
jreq("spec_required_number", jspec(required=1))
jreq("spec_env_array", jspec(env_fallback=["A"]))
jreq("spec_description_1025_bytes", jspec(description="d" * 1025))
jreq("spec_as_array", jadd(['["n",""]']))
jreq("spec_in_two_arrays", jadd(["[" + json.dumps(SPEC) + "]"]))
jreq("specs_257", jadd([json.dumps(SPEC)] * 257))
jreq("specs_as_object", j('{"app":{"add":{"app":"a","description":"","secrets":{},"prune":false,"dry_run":false}}}'))
jreq("add_without_prune", j('{"app":{"add":{"app":"a","description":"","secrets":[],"dry_run":false}}}'))
jreq("token_not_base64", j('{"token":{"present":{"token":"vlt_0123"}}}'))
jreq("token_129_bytes", j('{"token":{"present":{"token":"' + b64encode(b"t" * 129).decode() + '"}}}'))
jreq("token_escaped", j('{"token":{"present":{"token":"\\u0061Gk="}}}'))
jreq("token_role_unknown", j('{"token":{"create":{"app":"a","role":"admin","acts_for":"any","label":""}}}'))
jreq("set_pending_value_array", j('{"secret":{"set_pending":{"name":"n","value":[104,105]}}}'))


def jwebhook(scheme='{"github":{}}', headers="[]", body='"aGk="', more=""):
    return j('{"secret":{"verify_webhook":{"name":"n","scheme":' + scheme + ',"headers":' + headers + ',"body":' + body
             + more + "}}}")


jreq("webhook_scheme_as_string", jwebhook(scheme='"github"'))
jreq("webhook_scheme_unknown", jwebhook(scheme='{"paypal":{}}'))
jreq("webhook_scheme_with_field", jwebhook(scheme='{"github":{"header":"x"}}'))
jreq("webhook_hmac_without_prefix", jwebhook(scheme='{"hmac":{"header":"x","encoding":"hex"}}'))
jreq("webhook_hmac_encoding_unknown", jwebhook(scheme='{"hmac":{"header":"x","encoding":"base32","prefix":""}}'))
jreq("webhook_headers_as_object", jwebhook(headers='{"x":"y"}'))
jreq("webhook_header_as_array", jwebhook(headers='[["x","y"]]'))
jreq("webhook_header_without_value", jwebhook(headers='[{"name":"x"}]'))
jreq("webhook_header_value_8193_bytes", jwebhook(headers='[{"name":"x","value":"' + "v" * 8193 + '"}]'))
jreq("webhook_65_headers", jwebhook(headers="[" + ",".join(['{"name":"x","value":"y"}'] * 65) + "]"))
jreq("webhook_body_as_text", jwebhook(body='"{}"'))
jreq("webhook_tolerance_negative", jwebhook(more=',"tolerance_s":-1'))
jreq("redirect_2049_bytes", j('{"secret":{"oauth_begin":{"app":"a","provider":"p","redirect":"' + "r" * 2049 + '"}}}'))
jreq("deep", '{"id":' * 200 + "1" + "}" * 200)


def jr(result):
    return '{"id":1,"stamp":null,"result":' + result + "}"


jresp("empty", "", "truncated")
jresp("of_version_1_done", jr('{"ok":{"done":{}}}'))
jresp("missing_as_array", jr('{"err":{"missing":[false]}}'))
jresp("gate_as_array", jr('{"ok":{"gate":[true,[]]}}'))
jresp("apps_as_array", jr('{"ok":{"apps":[]}}'))
jresp("apps_in_array", jr('{"ok":{"apps":[[]]}}'))
jresp("tokens_as_array", jr('{"ok":{"tokens":[]}}'))
jresp("unmet_as_array", jr('{"ok":{"gate":{"ready":false,"unmet":[["n","",false,""]]}}}'))
jresp("binding_as_array", jr('{"ok":{"app":{"info":{},"secrets":[],"bindings":[["uid:1","any"]]}}}'))
jresp("secrets_count_as_array", jr('{"ok":{"apps":{"apps":[{"app":"a","description":"","owner":"uid:1",'
      '"suspended":false,"secrets":[],"made_at":0}]}}}'))
jresp("error_unknown", jr('{"err":{"no_such_token":{}}}'))
jresp("error_as_string", jr('{"err":"bad_token"}'))
jresp("webhook_reason_unknown", jr('{"err":{"webhook_refused":{"reason":"unsigned"}}}'))
jresp("webhook_reason_missing", jr('{"err":{"webhook_refused":{}}}'))
jresp("not_declared_value", jr('{"err":{"not_declared":{"app":"a","name":"n","value":"x"}}}'))
jresp("timestamp_float", jr('{"ok":{"webhook":{"timestamp":1.5}}}'))

write("v2_invalid.json")
