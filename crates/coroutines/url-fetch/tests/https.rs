//! https: a server whose certificate the system knows, and one whose it does not.
//!
//! The key and the certificates beside this file are for these tests alone.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret";

fn file(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/https").join(name)
}

/// Serves two connections on a thread of its own; gives the port.
fn serve() -> u16 {
    let certificate = CertificateDer::from_pem_file(file("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(file("server.key.pem")).unwrap();
    let config = ServerConfig::builder_with_provider(ring::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let (tell, port) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        url_fetch::kit::block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap().port()).unwrap();
            for _ in 0..2 {
                let (stream, _peer) = listener.accept().await.unwrap();
                // A client that does not trust the certificate goes now.
                let Ok(mut client) = acceptor.accept(stream).await else { continue };
                let mut request = [0; 4_096];
                let _length = client.read(&mut request).await.unwrap();
                client.write_all(ANSWER).await.unwrap();
                client.shutdown().await.unwrap();
            }
        })
    });
    port.recv().unwrap()
}

fn fetch(port: u16, authority: &str) -> tests::Ended {
    let url = format!("https://localhost:{port}/");
    let mut program = Command::new(env!("CARGO_BIN_EXE_url-fetch"));
    program.args(["fetch", &url]).env("SSL_CERT_FILE", file(authority));
    for proxy in ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        program.env_remove(proxy);
    }
    tests::run(&mut program, Duration::from_mins(1))
}

#[test]
fn a_certificate_is_trusted_if_the_system_knows_its_authority() {
    let port = serve();
    // The server's own certificate is no authority for itself.
    let stranger = fetch(port, "server.key.pem");
    assert_eq!(stranger.status.code(), Some(1));
    assert!(stranger.stderr.contains("no secure connection: "), "{}", stranger.stderr);
    assert_eq!(stranger.stdout, "");

    let known = fetch(port, "authority.pem");
    assert!(known.status.success(), "{}", known.stderr);
    assert!(known.stdout.contains(" 6 bytes  https://localhost:"), "{}", known.stdout);
}
