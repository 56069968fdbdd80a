//! No secret in what prints: messages, and errors about messages.

use vault_proto::Codec;
use vault_proto::latest::*;

const CANARY: &str = "canary-5f1c9e";
/// The canary as base64, as it stands in JSON.
const CANARY_BASE64: &str = "Y2FuYXJ5LTVmMWM5ZQ";

#[test]
fn debug_of_a_message_is_silent() {
    let secret = || SecretBytes::new(CANARY.as_bytes().to_vec());
    let calls = [
        Call::Set { app: None, name: "n".into(), value: secret(), if_version: None },
        Call::Unseal { secret: UnlockSecret::Passphrase(secret()) },
        Call::Unseal { secret: UnlockSecret::KeyFile(secret()) },
        Call::RekeyRoot { keep: vec![UnlockSecret::RecoveryKey(secret())], drop_slots: false },
        Call::SlotAdd {
            existing: UnlockSecret::Passphrase(secret()),
            new: NewSlot::Credential(secret()),
            label: String::new(),
        },
    ];
    for call in calls {
        let printed = format!("{:?} {:#?}", call, Request { id: 1, call: Call::Status {} });
        assert_silent(&printed);
        assert_silent(&format!("{:#?}", Request { id: 1, call }));
    }
    let value = Reply::Value(ValueReply { value: secret(), version: 1 });
    assert_silent(&format!("{:?}", Response { id: 1, stamp: None, result: Ok(value) }));
    assert_silent(&format!("{:?}", secret()));
}

#[test]
fn errors_do_not_quote_what_did_not_parse() {
    // The secret where it does not belong, or in a form that is refused.
    let misplaced = [
        format!(r#"{{"id":1,"call":{{"set":{{"name":"n","value":"{CANARY}"}}}}}}"#),
        format!(r#"{{"id":1,"call":{{"set":{{"name":"n","value":"{CANARY_BASE64}"}}}}}}"#),
        format!(r#"{{"id":1,"call":{{"set":{{"name":"n","value":"{CANARY_BASE64}\u003d\u003d"}}}}}}"#),
        format!(r#"{{"id":1,"call":{{"set":{{"name":"n","value":"eA==","if_version":"{CANARY}"}}}}}}"#),
        format!(r#"{{"id":1,"call":{{"set":{{"name":"n","{CANARY}":"eA=="}}}}}}"#),
        format!(r#"{{"id":1,"call":{{"{CANARY}":{{}}}}}}"#),
        format!(r#"{{"id":1,"call":"{CANARY}"}}"#),
        format!(r#""{CANARY}""#),
        CANARY.to_owned(),
    ];
    for text in misplaced {
        let error = Codec::Json.decode_request(text.as_bytes()).unwrap_err();
        assert_silent(&format!("{error} {error:?}"));
        let error = Codec::Postcard.decode_request(text.as_bytes()).unwrap_err();
        assert_silent(&format!("{error} {error:?}"));
    }
}

#[test]
fn growing_while_encoding_leaves_the_message_whole() {
    // The buffer starts too small and moves many times.
    let value = SecretBytes::new(CANARY.repeat(1_000).into_bytes());
    let call = Call::Set { app: None, name: "n".into(), value, if_version: None };
    for codec in [Codec::Postcard, Codec::Json] {
        let mut out = Vec::new();
        for id in 0..20 {
            codec.encode_call_frame(id, &call, &mut out).unwrap();
        }
        let mut rest = &out[..];
        for id in 0..20 {
            let Ok(vault_proto::frame::Split::Frame(range)) = vault_proto::frame::split(rest) else {
                panic!("no frame")
            };
            let request = codec.decode_request(&rest[range.clone()]).unwrap();
            assert_eq!((request.id, &request.call), (id, &call));
            rest = &rest[range.end..];
        }
        assert!(rest.is_empty());
    }
}

fn assert_silent(printed: &str) {
    assert!(!printed.contains("canary") && !printed.contains("Y2FuYXJ5"), "{printed}");
    let numbers = CANARY.bytes().take(8).map(|byte| byte.to_string()).collect::<Vec<_>>().join(", ");
    assert!(!printed.contains(&numbers), "{printed}");
}
