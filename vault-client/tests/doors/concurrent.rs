//! Many tasks and threads on one client.

use std::time::Duration;

use vault_client::{Client, blocking};

use crate::door::options;
use crate::server::{Server, value};

#[test]
fn tasks_share_one_connection_and_get_their_own_answers() {
    let server = Server::vault();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let client = Client::lazy(options(&server));
        let tasks: Vec<_> = (0..64_u32)
            .map(|i| {
                let client = client.clone();
                tokio::spawn(async move {
                    let name = format!("n{i}");
                    for round in 0..20_u32 {
                        let value = format!("{i}/{round}").repeat(50);
                        client.set(&name, value.as_bytes()).await.unwrap();
                        assert_eq!(client.get(&name).await.unwrap().expose(), value.as_bytes());
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_dropped_call_disturbs_nobody() {
    let server = Server::vault();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = Client::connect(options(&server)).await.unwrap();
        client.set("n", b"kept").await.unwrap();
        for micros in 0..200 {
            let call = client.set("other", &[7; 60_000]);
            let _ = tokio::time::timeout(Duration::from_micros(micros), call).await;
            assert_eq!(client.get("n").await.unwrap().expose(), b"kept");
        }
    });
    assert_eq!(server.connections(), 1);
}

#[test]
fn a_long_call_does_not_hold_up_the_others() {
    let server = Server::start(|peer| {
        peer.hello();
        while let Some(request) = peer.request() {
            if matches!(request.call, vault_client::Call::Check {}) {
                std::thread::sleep(Duration::from_secs(1));
                let report = vault_client::CheckReport { records: 1, problems: vec![] };
                peer.answer(request.id, Ok(vault_client::Reply::Checked(report)));
            } else {
                peer.answer(request.id, Ok(value(b"quick")));
            }
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = Client::connect(options(&server).deadline(Duration::from_millis(500))).await.unwrap();
        let long = tokio::spawn({
            let client = client.clone();
            async move { client.check().await }
        });
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(client.get("n").await.unwrap().expose(), b"quick");
        assert!(!long.is_finished());
        assert_eq!(long.await.unwrap().unwrap().records, 1);
    });
}

#[test]
fn a_client_outlives_the_runtime_it_connected_in() {
    let server = Server::vault();
    let runtime = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let first = runtime();
    let client = first.block_on(Client::connect(options(&server))).unwrap();
    first.block_on(client.set("n", b"x")).unwrap();
    drop(first);
    let second = runtime();
    assert_eq!(second.block_on(client.get("n")).unwrap().expose(), b"x");
    assert_eq!(server.connections(), 2);
}

#[test]
fn threads_take_turns_on_a_blocking_client() {
    let server = Server::vault();
    let client = blocking::Client::connect(options(&server)).unwrap();
    std::thread::scope(|scope| {
        for i in 0..8 {
            let client = client.clone();
            scope.spawn(move || {
                let name = format!("n{i}");
                for round in 0..50 {
                    let value = format!("{i}/{round}");
                    client.set(&name, value.as_bytes()).unwrap();
                    assert_eq!(client.get(&name).unwrap().expose_str(), Some(value.as_str()));
                }
            });
        }
    });
    assert_eq!(server.connections(), 1);
}
