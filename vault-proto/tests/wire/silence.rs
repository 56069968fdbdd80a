//! No secret in what prints: messages, and errors about messages.

use vault_proto::v1::*;
use vault_proto::{Codec, Dialect, Version, v2};

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
fn debug_of_a_version_2_message_is_silent() {
    let secret = || SecretBytes::new(CANARY.as_bytes().to_vec());
    let key = |operation| v2::Call::Key(v2::KeyRequest { dry_run: false, operation });
    let sealed = || v2::Encrypted { key: "k".into(), version: 1, ciphertext: vec![1] };
    let calls = [
        v2::Call::Vault(Call::Set { app: None, name: "n".into(), value: secret(), if_version: None }),
        v2::Call::Token(v2::TokenCall::Present { token: secret() }),
        v2::Call::Secret(v2::SecretCall::SetPending { app: None, name: "n".into(), value: secret(), if_version: None }),
        v2::Call::Secret(v2::SecretCall::VerifyWebhook {
            app: None,
            name: "n".into(),
            scheme: v2::WebhookScheme::Github {},
            headers: vec![v2::WebhookHeader { name: "cookie".into(), value: CANARY.into() }],
            body: secret(),
            replay_id: None,
            tolerance_s: None,
        }),
        v2::Call::Secret(v2::SecretCall::OauthRedeem { app: "a".into(), state: secret() }),
        key(v2::KeyCall::Encrypt {
            key: "k".into(),
            plaintext: secret(),
            context: vec![],
            algorithm: v2::EncryptionAlgorithm::SymmetricDefault,
        }),
        key(v2::KeyCall::GenerateMac { key: "k".into(), message: secret(), algorithm: v2::MacAlgorithm::HmacSha256 }),
        key(v2::KeyCall::VerifyMac {
            key: "k".into(),
            message: secret(),
            algorithm: v2::MacAlgorithm::HmacSha256,
            mac: secret(),
        }),
        key(v2::KeyCall::Sign {
            key: "k".into(),
            message: secret(),
            digest: false,
            algorithm: v2::SigningAlgorithm::Ed25519Sha512,
        }),
        key(v2::KeyCall::Verify {
            key: "k".into(),
            message: secret(),
            digest: true,
            algorithm: v2::SigningAlgorithm::EcdsaSha256,
            signature: vec![1],
        }),
    ];
    for call in calls {
        assert_silent(&format!("{call:?} {call:#?}"));
        assert_silent(&format!("{:#?}", v2::Request { id: 1, acting: None, call }));
    }
    let replies = [
        v2::Reply::Vault(Reply::Value(ValueReply { value: secret(), version: 1 })),
        v2::Reply::TokenCreated(v2::TokenCreated { id: "t".into(), token: secret(), expires_at: None }),
        v2::Reply::OauthBegun(v2::OauthBegun { state: secret(), code_challenge: "c".into(), expires_at: 0 }),
        v2::Reply::OauthRedeemed(v2::OauthRedeemed {
            user: "uid:1".into(),
            provider: "p".into(),
            code_verifier: secret(),
            redirect: None,
        }),
        v2::Reply::AccessKeyCreated(v2::AccessKeyCreated {
            access_key_id: "i".into(),
            secret_access_key: secret(),
            expires_at: None,
        }),
        v2::Reply::Key(v2::KeyReply::Decrypted(v2::Decrypted { key: "k".into(), version: 1, plaintext: secret() })),
        v2::Reply::Key(v2::KeyReply::DataKey { plaintext: secret(), sealed: sealed() }),
        v2::Reply::Key(v2::KeyReply::DataKeyPair { private: secret(), public: vec![1], sealed: sealed() }),
        v2::Reply::Key(v2::KeyReply::Random { bytes: secret() }),
        v2::Reply::Key(v2::KeyReply::Mac { key: "k".into(), mac: secret() }),
        v2::Reply::Key(v2::KeyReply::SharedSecret { secret: secret() }),
        v2::Reply::Key(v2::KeyReply::Material { bytes: secret() }),
    ];
    for reply in replies {
        assert_silent(&format!("{reply:?}"));
        assert_silent(&format!("{:#?}", v2::Response { id: 1, stamp: None, result: Ok(reply) }));
    }
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
        format!(r#"{{"id":1,"call":{{"vault":{{"set":{{"name":"n","value":"{CANARY}"}}}}}}}}"#),
        format!(r#"{{"id":1,"call":{{"token":{{"present":{{"token":"{CANARY}"}}}}}}}}"#),
        format!(r#"{{"id":1,"call":{{"token":{{"present":{{"token":"{CANARY_BASE64}"}}}}}}}}"#),
        format!(r#"{{"id":1,"call":{{"secret":{{"oauth_redeem":{{"app":"a","state":"{CANARY}"}}}}}}}}"#),
        format!(
            r#"{{"id":1,"call":{{"key":{{"dry_run":false,"operation":{{"sign":{{"key":"k","message":"{CANARY}"}}}}}}}}}}"#
        ),
        format!(r#"{{"id":1,"call":{{"key":{{"dry_run":false,"operation":{{"{CANARY}":{{}}}}}}}}}}"#),
        format!(r#"{{"id":1,"acting":{{"app":"a","{CANARY}":"x"}},"call":{{"vault":{{"status":{{}}}}}}}}"#),
        format!(r#""{CANARY}""#),
        CANARY.to_owned(),
    ];
    for text in misplaced {
        for version in [Version::V1, Version::V2] {
            for codec in [Codec::Json, Codec::Postcard] {
                let error = Dialect { version, codec }.decode_request(text.as_bytes()).unwrap_err();
                assert_silent(&format!("{error} {error:?}"));
            }
        }
    }
}

#[test]
fn growing_while_encoding_leaves_the_message_whole() {
    // The buffer starts too small and moves many times.
    let value = SecretBytes::new(CANARY.repeat(1_000).into_bytes());
    let call = v2::Call::Vault(Call::Set { app: None, name: "n".into(), value, if_version: None });
    for codec in [Codec::Postcard, Codec::Json] {
        let mut out = Vec::new();
        for id in 0..20 {
            Dialect { version: Version::V1, codec }.encode_call_frame(id, None, &call, &mut out).unwrap();
        }
        let mut rest = &out[..];
        for id in 0..20 {
            let Ok(vault_proto::frame::Split::Frame(range)) = vault_proto::frame::split(rest) else {
                panic!("no frame")
            };
            let request = codec.decode::<Request>(&rest[range.clone()]).unwrap();
            assert_eq!((request.id, &v2::Call::Vault(request.call)), (id, &call));
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
