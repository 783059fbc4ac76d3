//! Listeners: what they bind, and what is refused.

use std::net::{TcpListener, UdpSocket};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;

use convo::Transport;
use net::{Address, Defaults, Listener};

const ANY_PORT: Defaults = Defaults { transport: Transport::Tcp, port: Some(0) };

fn address(text: &str) -> Address {
    Address::parse(text, ANY_PORT).expect("an address")
}

async fn bind(text: &str) -> Result<Vec<Listener>, String> {
    Listener::bind(&address(text))
        .await
        .map_err(|error| format!("{error} / {}", error.hint().unwrap_or_default()))
}

/// A path that no other test uses. Not in the build's folder: a socket's path has to be short.
fn socket_path(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("net-{name}-{}.sock", std::process::id()));
    let _ = std::fs::remove_file(&path);
    path
}

#[tokio::test]
async fn loopback_is_both_families_at_one_port() {
    for scheme in ["tcp", "udp"] {
        let bound = bind(&format!("{scheme}://:0")).await.expect("a free port");
        let addresses: Vec<String> = bound.iter().map(|listener| listener.address().to_string()).collect();
        let port = bound[0].address().port().expect("a port");
        assert_ne!(port, 0);
        assert_eq!(addresses, [format!("{scheme}://127.0.0.1:{port}"), format!("{scheme}://[::1]:{port}")]);
        assert!(bound.iter().all(|listener| listener.address().is_loopback()));
    }
}

#[tokio::test]
async fn a_second_server_on_a_port_is_refused() {
    for scheme in ["tcp", "udp"] {
        let first = bind(&format!("{scheme}://127.0.0.1:0")).await.expect("a free port");
        let taken = first[0].address().to_string();
        let port = first[0].address().port().expect("a port");
        for second in [taken.clone(), format!("{scheme}://:{port}"), format!("{scheme}://0.0.0.0:{port}")] {
            let error = bind(&second).await.expect_err("the port is taken");
            assert!(error.contains(&port.to_string()) && error.contains("choose another port"), "{error}");
        }
        drop(first);
        bind(&taken).await.expect("the port is free again");
    }
}

#[tokio::test]
async fn a_port_that_others_hold_is_refused_too() {
    let tcp = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let udp = UdpSocket::bind("[::1]:0").expect("a free port");
    let tcp = format!("tcp://{}", tcp.local_addr().expect("an address"));
    let udp_port = udp.local_addr().expect("an address").port();
    assert!(bind(&tcp).await.is_err());
    // Free for IPv4, taken for IPv6: half a loopback is none.
    let error = bind(&format!("udp://:{udp_port}")).await.expect_err("IPv6 is taken");
    assert!(error.contains("[::1]"), "{error}");
}

#[tokio::test]
async fn an_address_of_another_machine_is_refused_with_a_hint() {
    let error = bind("tcp://192.0.2.1:0").await.expect_err("not ours");
    assert!(error.contains("tcp://192.0.2.1:0") && error.contains("this machine"), "{error}");
}

#[tokio::test]
async fn a_dead_servers_socket_file_is_replaced_and_a_live_ones_is_not() {
    let path = socket_path("stale");
    drop(UnixListener::bind(&path).expect("a socket"));
    assert!(path.exists(), "a server that died leaves its file");
    let text = format!("unix:{}", path.display());
    let first = bind(&text).await.expect("the file is stale");
    assert_eq!(first[0].address().to_string(), text);
    let error = bind(&text).await.expect_err("the first one is alive");
    assert!(error.contains("another server listens"), "{error}");
    drop(first);
    assert!(!path.exists(), "the file goes with its server");
}

#[tokio::test]
async fn a_file_that_is_no_socket_is_left_alone() {
    let path = socket_path("file");
    std::fs::write(&path, "precious").expect("a file");
    let error = bind(&format!("unix:{}", path.display())).await.expect_err("not a socket");
    assert!(error.contains("no socket"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), "precious");
    std::fs::remove_file(&path).expect("the file");
}

#[tokio::test]
async fn a_file_that_took_the_sockets_place_is_left_alone() {
    let path = socket_path("replaced");
    let bound = bind(&format!("unix:{}", path.display())).await.expect("a free path");
    std::fs::remove_file(&path).expect("the socket");
    std::fs::write(&path, "another's").expect("a file");
    drop(bound);
    assert!(path.exists());
    std::fs::remove_file(&path).expect("the file");
}
