//! The door for clients of AWS KMS, by hand: what a client of AWS never sends,
//! and what only this door has.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside a test function")]

use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use vault_tests::canary::Canary;
use vault_tests::gateway::{Answer, Http, request};
use vault_tests::programs::{command, run, vaultctl, vaultd};
use vault_tests::site::Config;
use vault_tests::{Daemon, Dir, Site, aws};

fn at_unix(site: &Site) -> (PathBuf, Config) {
    let path = site.data().join("aws.sock");
    let tables = format!("[adapters.aws_kms]\nlisten = \"unix:{}\"\n", path.display());
    (path, Config { tables, ..Config::default() })
}

fn tcp(daemon: &Daemon) -> Http {
    Http::connect(aws::address(daemon))
}

fn target(operation: &str) -> String {
    format!("X-Amz-Target: TrentService.{operation}\r\nContent-Type: application/x-amz-json-1.1\r\n")
}

fn ask(http: &mut Http, operation: &str, body: &Value) -> Answer {
    http.ask(&request("POST", "/", &target(operation), body.to_string().as_bytes()))
}

fn named(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["__type"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn on_a_unix_socket_the_kernels_word_suffices_and_keys_last() {
    let site = Site::new();
    let (path, config) = at_unix(&site);
    let daemon = site.serve_with(&config);
    let mut http = Http::connect_unix(&path);
    let made = ask(&mut http, "CreateKey", &json!({"Description": "by hand"}));
    assert_eq!(made.status, 200);
    assert!(made.head.contains("content-type: application/x-amz-json-1.1\r\n"), "{}", made.head);
    assert!(made.head.contains("x-amzn-requestid: "), "{}", made.head);
    let arn = made.json()["KeyMetadata"]["Arn"].clone();
    // What the native socket's user has is what this door's user has.
    let id = made.json()["KeyMetadata"]["KeyId"].as_str().unwrap().to_owned();
    assert!(daemon.client().keys().describe(&id).is_ok());

    let canary = Canary::new(600);
    let plaintext = STANDARD.encode(canary.bytes());
    let context = json!({"a": "b"});
    let sealed =
        ask(&mut http, "Encrypt", &json!({"KeyId": arn, "Plaintext": plaintext, "EncryptionContext": context}));
    let blob = sealed.json()["CiphertextBlob"].clone();
    let opens = |http: &mut Http| ask(http, "Decrypt", &json!({"CiphertextBlob": blob, "EncryptionContext": context}));
    assert_eq!(opens(&mut http).json()["Plaintext"], plaintext.as_str());
    // Nothing of it stays: not in the trace of everything, nor anywhere on the disk.
    assert!(!daemon.log().contains(canary.text()) && !daemon.log().contains(&plaintext));
    assert_eq!(daemon.terminate(), 0);
    canary.assert_in_no_file(site.data());

    let daemon = site.serve_with(&config);
    let mut http = Http::connect_unix(&path);
    assert_eq!(opens(&mut http).json()["Plaintext"], plaintext.as_str());
    daemon.client().seal().unwrap();
    assert_eq!(named(&opens(&mut http)), (503, "DependencyTimeoutException".to_owned()));
    assert_eq!(http.ask(&request("GET", "/health", "", b"")).status, 503);
}

#[test]
fn on_tcp_nobody_is_let_in_unsigned_and_each_mistake_has_its_name() {
    let site = Site::new();
    let daemon = site.serve_with(&aws::config());
    let mut http = tcp(&daemon);
    assert_eq!(http.ask(&request("GET", "/health", "", b"")).status, 200);
    let unsigned = ask(&mut http, "ListKeys", &json!({}));
    assert_eq!(named(&unsigned), (400, "MissingAuthenticationTokenException".to_owned()));
    let to = |method: &str, path: &str, headers: &str| request(method, path, headers, b"{}");
    let operation = target("ListKeys");
    for (asked, status, name) in [
        (to("GET", "/", &operation), 404, "UnknownOperationException"),
        (to("POST", "/other", &operation), 404, "UnknownOperationException"),
        (to("POST", "/?a=b", &operation), 404, "UnknownOperationException"),
        (to("POST", "/", ""), 400, "UnknownOperationException"),
        (to("POST", "/", "X-Amz-Target: DynamoDB.ListTables\r\n"), 400, "UnknownOperationException"),
        (to("POST", "/", &format!("{operation}{operation}")), 400, "UnknownOperationException"),
        (to("POST", "/", &format!("{operation}Authorization: Bearer t\r\n")), 400, "IncompleteSignatureException"),
        (to("POST", "/", &format!("{operation}X-Amz-Security-Token: t\r\n")), 400, "UnrecognizedClientException"),
    ] {
        let answer = http.ask(&asked);
        assert_eq!(named(&answer), (status, name.to_owned()), "{}", String::from_utf8_lossy(&asked));
        assert!(!answer.json()["message"].as_str().unwrap().is_empty());
    }
    // Longer than anything that is asked for: told, and the connection ends in order.
    let mut long = tcp(&daemon);
    let answer = long.ask(&request("POST", "/", &operation, &vec![b' '; (1 << 20) + 1]));
    assert_eq!(named(&answer), (413, "SerializationException".to_owned()));
    assert!(long.answer().is_none());
    assert_eq!(daemon.terminate(), 0);
}

#[test]
fn a_development_vault_is_ready_for_a_clients_tests_in_one_line() {
    let dir = Dir::private();
    let seed = dir.write(
        "seed.toml",
        "[[kms.keys]]\naliases = [\"alias/orders\", \"alias/more\"]\ntags = { team = \"blue\" }\n\
         [[kms.keys]]\naliases = [\"alias/sign\"]\nspec = \"ECC_NIST_P256\"\nusage = \"SIGN_VERIFY\"\n\
         [[kms.access_keys]]\nid = \"test\"\nsecret = \"test-secret\"\n",
    );
    let place = dir.path().join("dev");
    // Twice: what the first start made is there and stays as it is.
    let mut ids = Vec::new();
    for _ in 0..2 {
        let mut dev = command(vaultd());
        dev.args(["dev", "--aws", "--dir"]).arg(&place).arg("--seed").arg(&seed).arg("--");
        dev.args(["sh", "-c", "env | grep ^AWS_ | sort; \"$0\" key show orders --json"]).arg(vaultctl());
        let done = run(dev, b"");
        let said = String::from_utf8(done.stdout).unwrap();
        assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
        for line in ["AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test-secret", "AWS_REGION=us-east-1"] {
            assert!(said.contains(line), "{said}");
        }
        assert!(said.contains("AWS_ENDPOINT_URL_KMS=http://127.0.0.1:"), "{said}");
        let shown: Value = serde_json::from_str(&said[said.find('{').unwrap()..]).unwrap();
        ids.push(shown["id"].clone());
    }
    assert!(ids[0].is_string() && ids[0] == ids[1], "{ids:?}");
    // Without a seed's: a new one at each start, in place of the last.
    for _ in 0..20 {
        let mut dev = command(vaultd());
        dev.args(["dev", "--aws", "--dir"]).arg(&place).args(["--", "true"]);
        assert!(run(dev, b"").status.success());
    }
    for wrong in ["[[kms.keys]]\naliases = []\n", "[[kms.keys]]\naliases = [\"alias/x\"]\nspec = \"NONE\"\n"] {
        let seed = dir.write("wrong.toml", wrong);
        let mut dev = command(vaultd());
        dev.args(["dev", "--aws", "--ephemeral", "--seed"]).arg(&seed).args(["--", "true"]);
        let done = run(dev, b"");
        assert!(!done.status.success(), "{wrong}");
    }
}

#[test]
fn access_keys_on_the_command_line() {
    let site = Site::new();
    let daemon = site.serve();
    let ctl = |arguments: &[&str]| {
        let mut ctl = command(vaultctl());
        ctl.arg("--socket").arg(daemon.socket()).args(arguments);
        run(ctl, b"")
    };
    let made = ctl(&["aws-key", "create", "--json", "--expires", "90d", "--description", "laptop"]);
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    let (id, secret) = (made["access_key_id"].as_str().unwrap(), made["secret_access_key"].as_str().unwrap());
    assert!(id.starts_with("VLTK") && id.len() == 20 && secret.len() == 40, "{made}");
    assert!(made["expires_at"].is_string());
    let shell = ctl(&["aws-key", "create", "--env"]);
    let shell = String::from_utf8(shell.stdout).unwrap();
    assert!(shell.starts_with("export AWS_ACCESS_KEY_ID=VLTK") && shell.contains("\nexport AWS_SECRET_ACCESS_KEY="));
    let listed = String::from_utf8(ctl(&["aws-key", "ls"]).stdout).unwrap();
    assert!(listed.contains(id) && listed.contains("laptop") && !listed.contains(secret), "{listed}");
    assert!(ctl(&["aws-key", "revoke", id]).status.success());
    let again = ctl(&["aws-key", "revoke", id]);
    assert_eq!(again.status.code(), Some(3), "{}", String::from_utf8_lossy(&again.stderr));
    let listed: Value = serde_json::from_slice(&ctl(&["aws-key", "ls", "--json"]).stdout).unwrap();
    assert_eq!(listed.as_array().unwrap().len(), 1, "{listed}");
    assert_eq!(ctl(&["aws-key", "create", "--expires", "1w"]).status.code(), Some(2));
}
