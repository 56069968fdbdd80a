//! The HTTP gateway by hand: every route, every refusal, and what no honest
//! client sends.

#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests, outside a test function")]

use std::time::{Duration, Instant};

use serde_json::json;
use vault_client::{ActsFor, NewApp, Role, WriteMode};
use vault_tests::canary::Canary;
use vault_tests::gateway::{Gateway, of, request, spec};
use vault_tests::needs;
use vault_tests::programs::run_vaultd;

const KEY: &str = "/v1/secrets/spotify/cookie";

#[test]
fn every_route_and_its_answer() {
    let gateway = Gateway::start();
    let token = gateway.token("spotify", Role::Extension, ActsFor::Any);
    let ask = |method, path: &str, body| gateway.ask(&token, method, path, body);

    assert_eq!(gateway.connect().ask(b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n").json(), json!({"status": "ok"}));
    assert_eq!(ask("GET", KEY, "").code(), (404, "SECRET_NOT_SET".into()));
    let meta = ask("GET", &format!("{KEY}/meta"), "");
    assert_eq!((meta.status, meta.json()["is_set"].clone()), (200, json!(false)));
    let deleted = ask("DELETE", KEY, "");
    assert_eq!((deleted.status, deleted.json()), (200, json!({"was_set": false})));

    let stored = ask("PUT", KEY, r#"{"value":" ä\u0000\n"}"#);
    assert_eq!((stored.status, stored.json()["version"].clone()), (200, json!(1)));
    let meta = ask("GET", &format!("{KEY}/meta"), "").json();
    assert_eq!((&meta["is_set"], &meta["last_accessed_at"], &meta["version"]), (&json!(true), &json!(null), &json!(1)));
    let listed = ask("GET", "/v1/secrets/spotify", "").json();
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["api_key", "refresh_token", "cookie", "blob", "client_id", "account", "meta"]);
    assert!(!listed.to_string().contains('ä'));

    let read = ask("GET", KEY, "");
    assert_eq!((read.status, read.json()), (200, json!({"value": " ä\u{0}\n"})));
    assert!(read.head.contains("content-type: application/json") && read.head.contains("cache-control: no-store"));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let accessed = ask("GET", &format!("{KEY}/meta"), "").json()["last_accessed_at"].as_u64().unwrap();
    assert!((now - 60..=now + 60).contains(&accessed), "epoch seconds");

    assert_eq!(ask("DELETE", KEY, "").json(), json!({"was_set": true}));
    assert_eq!(ask("GET", KEY, "").code(), (404, "SECRET_NOT_SET".into()));

    let gate = ask("GET", "/v1/gate/spotify", "").json();
    assert_eq!((&gate["ready"], &gate["missing"][0]["name"]), (&json!(false), &json!("api_key")));
    let panel = gateway.token("spotify", Role::Panel, ActsFor::Any);
    assert_eq!(gateway.ask(&panel, "PUT", "/v1/secrets/spotify/api_key", r#"{"value":"k"}"#).status, 200);
    assert_eq!(ask("GET", "/v1/gate/spotify", "").json(), json!({"ready": true, "missing": []}));
}

#[test]
fn the_token_decides_and_nothing_else_can_only_disagree() {
    let gateway = Gateway::start();
    let client = gateway.daemon.client();
    client.app_add(NewApp::new("other", vec![spec("cookie", WriteMode::Both)])).unwrap();
    let any = gateway.token("spotify", Role::Extension, ActsFor::Any);
    let local = gateway.token("spotify", Role::Extension, ActsFor::Fixed("uid:4242".to_owned()));
    let get = |path: &str, headers: &str| gateway.connect().ask(&request("GET", path, headers, b"")).code();
    let bearer = format!("Authorization: Bearer {any}\r\n");
    let absent = (404, "SECRET_NOT_SET".to_owned());

    // Whether there is such an app is not told.
    for app in ["other", "absent", "personal", "Spotify", "%73potify"] {
        let path = format!("/v1/secrets/{app}/cookie");
        assert_eq!(get(&path, &of(&any, "alice")), (403, "EXT_FORBIDDEN".into()), "{app}");
        let header = format!("{bearer}X-Acting-User: alice\r\nX-Ext-Id: {app}\r\n");
        assert_eq!(get(KEY, &header), (403, "EXT_FORBIDDEN".into()), "{app}");
    }
    assert_eq!(get(KEY, &format!("{bearer}X-Acting-User: alice\r\n")), absent, "X-Ext-Id may be left out");

    for (user, code) in [
        ("uid:0", (403, "ACTING_USER_FORBIDDEN")),
        ("uid:4242", (403, "ACTING_USER_FORBIDDEN")),
        ("uid:04242", (422, "ACTING_USER_INVALID")),
        ("ext:alice", (422, "ACTING_USER_INVALID")),
        ("a b", (422, "ACTING_USER_INVALID")),
        ("", (422, "ACTING_USER_INVALID")),
        ("\u{e4}", (422, "ACTING_USER_INVALID")),
        (&"a".repeat(129), (422, "ACTING_USER_INVALID")),
    ] {
        assert_eq!(get(KEY, &of(&any, user)), (code.0, code.1.into()), "{user}");
    }
    assert_eq!(get(KEY, &of(&any, &"a".repeat(128))), absent);
    // A local user, by a token that is made for that one.
    assert_eq!(get(KEY, &of(&local, "uid:4242")), absent);
    assert_eq!(get(KEY, &format!("Authorization: Bearer {local}\r\n")), absent, "whom the token implies");
    assert_eq!(get(KEY, &of(&local, "alice")), (403, "ACTING_USER_FORBIDDEN".into()));
    // Nobody: what is everybody's can be read, what is a user's needs one.
    assert_eq!(get("/v1/secrets/spotify/client_id", &bearer), absent);
    assert_eq!(get(KEY, &bearer), (422, "ACTING_USER_INVALID".into()));

    let wrong = format!("{}x", &any[..any.len() - 1]);
    for (headers, code) in [
        (String::new(), "TOKEN_MISSING"),
        (format!("Authorization: Basic {any}\r\n"), "TOKEN_MISSING"),
        (format!("Authorization: {any}\r\n"), "TOKEN_MISSING"),
        ("Authorization: Bearer x\r\n".to_owned(), "TOKEN_REFUSED"),
        (of(&wrong, "alice"), "TOKEN_REFUSED"),
        (of(&any.to_uppercase(), "alice"), "TOKEN_REFUSED"),
    ] {
        for path in [KEY, "/v1/secrets/other/cookie", "/v1/secrets/absent", "/v1/gate/spotify"] {
            let answer = gateway.connect().ask(&request("GET", path, &headers, b""));
            assert_eq!(answer.code(), (401, code.into()), "{path}");
            assert!(answer.head.contains("www-authenticate: bearer"));
        }
    }
    for again in [bearer.as_str(), "X-Acting-User: bob\r\n", "X-Ext-Id: spotify\r\n"] {
        assert_eq!(get(KEY, &format!("{}{again}", of(&any, "alice"))), (422, "HEADER_REPEATED".into()));
    }

    // Taken back: at the next request, on the same connection.
    let mut open = gateway.connect();
    let asked = request("GET", KEY, &of(&any, "alice"), b"");
    assert_eq!(open.ask(&asked).status, 404);
    client.app_suspend("spotify", true).unwrap();
    assert_eq!(open.ask(&asked).code(), (403, "APP_SUSPENDED".into()));
    client.app_suspend("spotify", false).unwrap();
    for token in client.tokens(Some("spotify")).unwrap() {
        client.token_revoke(&token.id).unwrap();
    }
    assert_eq!(open.ask(&asked).code(), (401, "TOKEN_REFUSED".into()));
}

#[test]
fn instances_have_a_name_of_their_own() {
    let gateway = Gateway::start();
    let token = gateway.token("spotify", Role::Extension, ActsFor::Any);
    let ask = |method, query: &str, body| gateway.ask(&token, method, &format!("/v1/secrets/spotify/{query}"), body);
    assert_eq!(ask("PUT", "account?instance=work", r#"{"value":"w"}"#).status, 200);
    assert_eq!(ask("PUT", "account?instance=me%40example.org", r#"{"value":"m"}"#).status, 200);
    assert_eq!(ask("GET", "account?instance=work", "").json(), json!({"value": "w"}));
    assert_eq!(ask("GET", "account?instance=me@example.org", "").json(), json!({"value": "m"}));
    assert_eq!(ask("GET", "account/meta?instance=work", "").json()["is_set"], json!(true));
    assert_eq!(ask("GET", "account?instance=home", "").code(), (404, "SECRET_NOT_SET".into()));
    assert_eq!(ask("GET", "account", "").code(), (422, "NAME_INVALID".into()));
    assert_eq!(ask("GET", "account?instance=..", "").code(), (422, "NAME_INVALID".into()));
    assert_eq!(ask("GET", "account?instance=a%2Fb", "").code(), (422, "NAME_INVALID".into()));
    assert_eq!(ask("GET", "cookie?instance=work", "").code(), (404, "SECRET_NOT_DECLARED".into()));
    assert_eq!(ask("GET", "account?other=work", "").code(), (422, "QUERY_INVALID".into()));
    let listed = gateway.ask(&token, "GET", "/v1/secrets/spotify", "").json();
    let names: Vec<_> = listed.as_array().unwrap().iter().filter_map(|one| one["name"].as_str()).collect();
    assert!(names.contains(&"account/work") && names.contains(&"account/me@example.org"), "{names:?}");
    assert_eq!(ask("DELETE", "account?instance=work", "").json(), json!({"was_set": true}));
}

#[test]
fn what_is_no_request_is_refused_and_hurts_nobody() {
    let gateway = Gateway::start();
    let token = gateway.token("spotify", Role::Extension, ActsFor::Any);
    let mut honest = gateway.connect();
    let asked = request("GET", KEY, &of(&token, "alice"), b"");
    let headers = of(&token, "alice");
    for (bad, status) in [
        (b"\0\0\0\0\0\0\r\n\r\n".to_vec(), 400),
        (b"GET\r\n\r\n".to_vec(), 400),
        (b"GET /v1/health HTTP/9.9\r\n\r\n".to_vec(), 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(), 0),
        (b"GET /v1/health HTTP/1.1\r\nA\r\n\r\n".to_vec(), 400),
        (b"GET /v1/health HTTP/1.1\r\nA : b\r\n\r\n".to_vec(), 400),
        (b"GET /v1/health HTTP/1.1\r\nA: b\0\r\n\r\n".to_vec(), 400),
        (format!("PUT {KEY} HTTP/1.1\r\nContent-Length: -1\r\n\r\n").into_bytes(), 400),
        (format!("PUT {KEY} HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n").into_bytes(), 400),
        (format!("PUT {KEY} HTTP/1.1\r\nTransfer-Encoding: chunked, x\r\n\r\n").into_bytes(), 400),
        (format!("PUT {KEY} HTTP/1.1\r\n{headers}Transfer-Encoding: chunked\r\n\r\nzz\r\n").into_bytes(), 400),
        (format!("GET /{} HTTP/1.1\r\n\r\n", "a".repeat(20_000)).into_bytes(), 431),
        (format!("GET /v1/health HTTP/1.1\r\nA: {}\r\n\r\n", "a".repeat(20_000)).into_bytes(), 431),
        (format!("GET /v1/health HTTP/1.1\r\n{}\r\n", "A: b\r\n".repeat(200)).into_bytes(), 431),
    ] {
        let shown = String::from_utf8_lossy(&bad[..bad.len().min(80)]).into_owned();
        let mut connection = gateway.connect();
        connection.send(&bad);
        // None: not even the version is known in which to answer.
        assert_eq!(connection.answer().map_or(0, |answer| answer.status), status, "{shown:?}");
        assert!(connection.answer().is_none(), "{shown:?}: the connection ends");
        assert_eq!(honest.ask(&asked).status, 404, "{shown:?}: another goes on");
    }
    for (method, path, code) in [
        ("POST", KEY, (405, "METHOD_NOT_ALLOWED")),
        ("OPTIONS", KEY, (405, "METHOD_NOT_ALLOWED")),
        ("PATCH", KEY, (405, "METHOD_NOT_ALLOWED")),
        ("PUT", "/v1/secrets/spotify", (405, "METHOD_NOT_ALLOWED")),
        ("DELETE", "/v1/gate/spotify", (405, "METHOD_NOT_ALLOWED")),
        ("GET", "/", (404, "NO_SUCH_PATH")),
        ("GET", "/v1/secrets/spotify/cookie/", (404, "NO_SUCH_PATH")),
        ("GET", "/v1/secrets/spotify//cookie", (404, "NO_SUCH_PATH")),
        ("GET", "/v1/secrets/spotify/../other/cookie", (404, "NO_SUCH_PATH")),
        ("GET", "/v1/health?x=1", (422, "QUERY_INVALID")),
        ("GET", "/v1/secrets/spotify/Cookie", (422, "NAME_INVALID")),
        ("GET", "/v1/secrets/spotify/%63ookie", (422, "NAME_INVALID")),
    ] {
        assert_eq!(gateway.ask(&token, method, path, "").code(), (code.0, code.1.into()), "{method} {path}");
    }
    let mut head = gateway.connect();
    head.send(&request("HEAD", KEY, &headers, b""));
    head.finish();

    for bad in [
        "",
        "{}",
        "null",
        "[]",
        r#"{"value":1}"#,
        r#"{"value":"a","x":"b"}"#,
        r#"{"value":"\ud800"}"#,
        "{\"value\":\"a\"}x",
    ] {
        assert_eq!(gateway.ask(&token, "PUT", KEY, bad).code(), (422, "BODY_INVALID".into()), "{bad}");
    }
    let mut raw = gateway.connect();
    for bad in [&b"{\"value\":\"\xff\"}"[..], b"{\"value\":\"\xc0\x80\"}", b"{\"value\":\"\xed\xa0\x80\"}"] {
        assert_eq!(raw.ask(&request("PUT", KEY, &headers, bad)).code(), (422, "BODY_INVALID".into()));
    }
    assert_eq!(gateway.ask(&token, "GET", KEY, "").code(), (404, "SECRET_NOT_SET".into()), "nothing was stored");
    assert!(!gateway.daemon.log().contains("panicked"));
}

#[test]
fn bodies_are_bounded_and_a_refusal_can_be_read() {
    let gateway = Gateway::start();
    let token = gateway.token("spotify", Role::Extension, ActsFor::Any);
    let (headers, blob) = (of(&token, "alice"), "/v1/secrets/spotify/blob");
    let put = |body: &[u8]| gateway.connect().ask(&request("PUT", blob, &headers, body));

    // The longest value, each byte written in six; with white space to the limit of a body.
    let mut longest = format!("{{\"value\":\"{}\"}}", "\\u0001".repeat(65_536)).into_bytes();
    assert_eq!(put(&longest).status, 200);
    longest.resize(400 << 10, b' ');
    assert_eq!(put(&longest).status, 200);
    assert_eq!(gateway.ask(&token, "GET", blob, "").json()["value"].as_str().unwrap(), "\u{1}".repeat(65_536));
    longest.push(b' ');
    for long in [longest, vec![b' '; 3 << 20]] {
        let mut connection = gateway.connect();
        assert_eq!(connection.ask(&request("PUT", blob, &headers, &long)).code(), (413, "BODY_TOO_LARGE".into()));
        assert!(connection.answer().is_none(), "ended, not reset");
    }
    let over = format!("{{\"value\":\"{}\"}}", "a".repeat(65_537));
    assert_eq!(put(over.as_bytes()).code(), (413, "VALUE_TOO_LARGE".into()));

    // A length that is announced reserves nothing, one that is not is bounded all the same.
    let mut liar = gateway.connect();
    liar.send(format!("PUT {blob} HTTP/1.1\r\n{headers}Content-Length: 18446744073709551615\r\n\r\n").as_bytes());
    liar.finish();
    assert!(liar.answer().is_none_or(|answer| answer.status >= 400));
    let mut chunked = gateway.connect();
    chunked.send(format!("PUT {blob} HTTP/1.1\r\n{headers}Transfer-Encoding: chunked\r\n\r\n").as_bytes());
    for _ in 0..10 {
        chunked.send(format!("10000\r\n{}\r\n", " ".repeat(0x10000)).as_bytes());
    }
    chunked.send(b"0\r\n\r\n");
    assert_eq!(chunked.answer().unwrap().code(), (413, "BODY_TOO_LARGE".into()));
    let mut chunked = gateway.connect();
    let body = "5\r\n{\"val\r\n8\r\nue\":\"c\"}\r\n0\r\n\r\n";
    chunked.send(format!("PUT {blob} HTTP/1.1\r\n{headers}Transfer-Encoding: chunked\r\n\r\n{body}").as_bytes());
    assert_eq!(chunked.answer().unwrap().status, 200);
    assert_eq!(gateway.ask(&token, "GET", blob, "").json(), json!({"value": "c"}));
    // Nobody's body is read who has no token.
    let mut stranger = gateway.connect();
    stranger.send(format!("PUT {blob} HTTP/1.1\r\nAuthorization: Bearer x\r\nContent-Length: 1000\r\n\r\n").as_bytes());
    assert_eq!(stranger.answer().unwrap().code(), (401, "TOKEN_REFUSED".into()));
}

/// Real time: what is slow is cut after ten seconds, what is idle is not.
#[test]
fn slow_requests_are_cut_and_idle_connections_are_kept() {
    let gateway = Gateway::start();
    let token = gateway.token("spotify", Role::Extension, ActsFor::Any);
    let headers = of(&token, "alice");
    let asked = request("GET", KEY, &headers, b"");
    let mut idle = gateway.connect();
    assert_eq!(idle.ask(&asked).status, 404);
    let kept_since = Instant::now();

    let mut slow_head = gateway.connect();
    let mut slow_body = gateway.connect();
    slow_body.send(format!("PUT {KEY} HTTP/1.1\r\n{headers}Content-Length: 15\r\n\r\n{{").as_bytes());
    let began = Instant::now();
    for byte in asked.iter().take(8) {
        slow_head.send(&[*byte]);
        std::thread::sleep(Duration::from_secs(1));
    }
    assert!(slow_head.answer().is_none(), "a byte a second does not make it last");
    assert!((9..20).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());
    assert_eq!(slow_body.answer().unwrap().code(), (408, "BODY_TOO_SLOW".into()));
    assert!(slow_body.answer().is_none());
    assert!((9..25).contains(&began.elapsed().as_secs()), "{:?}", began.elapsed());

    std::thread::sleep(Duration::from_secs(35).saturating_sub(kept_since.elapsed()));
    assert_eq!(idle.ask(&asked).status, 404, "clients keep idle connections for 30 seconds");
}

#[test]
fn a_daemon_that_ends_finishes_what_it_was_asked_and_closes_in_order() {
    let gateway = Gateway::start();
    let token = gateway.token("spotify", Role::Extension, ActsFor::Any);
    let headers = of(&token, "alice");
    let mut idle = gateway.connect();
    assert_eq!(idle.ask(&request("GET", KEY, &headers, b"")).status, 404);
    let mut busy = gateway.connect();
    let put = request("PUT", KEY, &headers, br#"{"value":"last"}"#);
    busy.send(&put[..put.len() - 1]);
    std::thread::sleep(Duration::from_millis(200));
    let Gateway { site, daemon, .. } = gateway;
    daemon.signal(rustix::process::Signal::TERM);
    assert!(idle.answer().is_none(), "ended, not reset");
    busy.send(&put[put.len() - 1..]);
    let answer = busy.answer().unwrap();
    assert_eq!(answer.status, 200);
    assert!(answer.head.contains("connection: close"));
    assert!(busy.answer().is_none());
    assert_eq!(daemon.terminate(), 0);

    let again = site.serve_with(&vault_tests::gateway::config());
    let answer = vault_tests::gateway::Http::connect(vault_tests::gateway::address(&again));
    let mut answer = answer;
    assert_eq!(answer.ask(&request("GET", KEY, &headers, b"")).json(), json!({"value": "last"}));
}

#[test]
fn connections_are_counted_and_one_too_many_is_told_so() {
    let gateway = Gateway::start();
    let mut open: Vec<_> = (0..256).map(|_| gateway.connect()).collect();
    for connection in &mut open {
        assert_eq!(connection.ask(b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n").status, 200);
    }
    let mut refused = gateway.connect();
    assert_eq!(refused.answer().unwrap().code(), (503, "TOO_MANY_CONNECTIONS".into()));
    assert!(refused.answer().is_none());
    // The vault's own socket has places of its own.
    assert!(!gateway.daemon.client().status().unwrap().sealed);
    drop(open);
    vault_tests::until("places come free", || {
        let mut connection = gateway.connect();
        connection.send(b"GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n");
        connection.answer().filter(|answer| answer.status == 200)
    });
}

#[test]
fn a_request_is_recorded_before_it_is_answered_and_without_its_content() {
    let gateway = Gateway::start();
    let token = gateway.token("spotify", Role::Extension, ActsFor::Any);
    let value = Canary::new(64);
    assert_eq!(gateway.ask(&token, "PUT", KEY, &json!({"value": value.text()}).to_string()).status, 200);
    assert_eq!(gateway.ask(&token, "GET", KEY, "").status, 200);
    assert_eq!(gateway.ask("x", "GET", KEY, "").status, 401);
    let audit = std::fs::read_to_string(gateway.site.audit()).unwrap();
    let lines: Vec<&str> = audit.lines().collect();
    let has = |words: &[&str]| lines.iter().any(|line| words.iter().all(|word| line.contains(word)));
    assert!(has(&["\"set\"", "\"ok\"", "ext:alice", "spotify"]), "{audit}");
    assert!(has(&["\"get\"", "\"ok\"", "ext:alice", "spotify"]), "{audit}");
    assert!(has(&["token.present", "bad_token"]), "{audit}");
    value.assert_in_no_file(gateway.site.data());
    assert!(!gateway.daemon.log().contains(&token));
}

#[test]
fn a_unix_socket_serves_the_same_and_addresses_of_others_are_refused() {
    let site = vault_tests::Site::new();
    let path = site.socket().with_file_name("http");
    let config = vault_tests::site::Config {
        tables: format!("[adapters.imperal]\nlisten = \"unix:{}\"", path.display()),
        ..Default::default()
    };
    let daemon = site.serve_with(&config);
    let mut stream = std::os::unix::net::UnixStream::connect(&path).unwrap();
    std::io::Write::write_all(&mut stream, b"GET /v1/health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    std::io::Read::read_to_string(&mut stream, &mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with(r#"{"status":"ok"}"#), "{answer}");
    assert_eq!(daemon.terminate(), 0);
    assert!(!path.exists(), "its name goes with it");

    let vault = site.vault();
    let run = |address: &str| {
        let socket = site.socket();
        let args =
            ["serve", "--vault", vault.to_str().unwrap(), "--socket", socket.to_str().unwrap(), "--imperal", address];
        let output = run_vaultd(&args, b"");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (code, said) = run("0.0.0.0:7341");
    assert!(code == Some(2) && said.contains("not a loopback address"), "{code:?} {said}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let (code, said) = run(&taken.local_addr().unwrap().to_string());
    assert!(code != Some(0) && said.contains("cannot listen on 127.0.0.1"), "{code:?} {said}");
}

/// Read out of the daemon's memory, as root can. While a connection is open its
/// last body may still lie in hyper's buffer; when it has ended nothing does.
#[test]
fn a_value_is_gone_from_memory_once_it_was_answered() {
    needs!(vault_tests::privileges::is_root(), "needs root");
    let gateway = Gateway::start();
    let token = gateway.token("spotify", Role::Extension, ActsFor::Any);
    let blob = "/v1/secrets/spotify/blob";
    for len in [64, 4_000, 60_000] {
        let value = Canary::new(len);
        let put = request("PUT", blob, &of(&token, "alice"), json!({"value": value.text()}).to_string().as_bytes());
        let get = request("GET", blob, &of(&token, "alice"), b"");
        let mut connection = gateway.connect();
        for _ in 0..3 {
            assert_eq!(connection.ask(&put).status, 200);
            assert_eq!(connection.ask(&get).json()["value"], value.text());
        }
        connection.finish();
        assert!(connection.answer().is_none());
        let mut found = Vec::new();
        for _ in 0..20 {
            found = value.search_memory(gateway.daemon.pid());
            if found.is_empty() {
                break;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        assert!(found.is_empty(), "{len} bytes: {found:?}");
    }
}

#[test]
fn dev_tells_its_command_where_the_gateway_is() {
    let run = r#"python3 -c "import os, urllib.request as r; print(r.urlopen(os.environ['VAULTD_IMPERAL'] + '/v1/health').read().decode())""#;
    let output = run_vaultd(&["dev", "--ephemeral", "--imperal", "127.0.0.1:0", "--", "sh", "-c", run], b"");
    assert_eq!(String::from_utf8_lossy(&output.stdout), "{\"status\":\"ok\"}\n", "{output:?}");
}

#[test]
fn requests_in_one_packet_are_answered_in_their_order() {
    let gateway = Gateway::start();
    let token = gateway.token("spotify", Role::Extension, ActsFor::Any);
    let headers = of(&token, "alice");
    let put = |value: usize| request("PUT", KEY, &headers, format!("{{\"value\":\"{value}\"}}").as_bytes());
    let get = request("GET", KEY, &headers, b"");
    let mut connection = gateway.connect();
    let all: Vec<u8> = (0..20).flat_map(|n| [put(n), get.clone()].concat()).collect();
    connection.send(&all);
    for n in 0..20_usize {
        assert_eq!(connection.answer().unwrap().json()["version"], json!(n + 1));
        assert_eq!(connection.answer().unwrap().json(), json!({"value": n.to_string()}));
    }
}
