//! 1,000 pages of 16 KiB, at most 100 at once: the fetcher against bare reqwest, curl
//! (its `--parallel` is libcurl's multi interface) and gevent with urllib.
//!
//! The server is a process of its own, so that the CPU time (`BENCH_LOG`) is that of
//! the clients. Each side begins anew for each 1,000 pages: a runtime and a client, or
//! a program. curl is left out where it is not installed, gevent where PYTHON is not
//! set.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use url_fetch::kit::{Server, block_on};
use url_fetch::{Fetcher, Limits};

const PAGES: usize = 1_000;
const AT_ONCE: usize = 100;
const BYTES: usize = 16 << 10;
const SERVE: &str = "--serve-pages";

type Side = (&'static str, Box<dyn Fn(&str)>);

fn fetch(criterion: &mut Criterion) {
    let server = PageServer::start();
    let mut sides: Vec<Side> =
        vec![("url-fetch", Box::new(ours)), ("reqwest", Box::new(bare_reqwest))];
    if Command::new("curl").arg("--version").output().is_ok() {
        sides.push(("curl", Box::new(curl)));
    }
    if let Some(python) = std::env::var_os("PYTHON") {
        let python = PathBuf::from(python);
        sides.push(("gevent", Box::new(move |url| gevent(&python, url))));
    }
    let mut group = criterion.benchmark_group("1000-urls");
    group.throughput(Throughput::Elements(PAGES as u64)).sample_size(10);
    for (side, run) in sides {
        let bench = format!("1000-urls/{side}");
        group.bench_function(side, |bencher| {
            bencher.iter_custom(|rounds| {
                shared::bench::run(&bench, rounds * PAGES as u64, || {
                    (0..rounds).for_each(|_| run(&server.url));
                })
            });
        });
    }
    group.finish();
}

fn ours(url: &str) {
    let limits = Limits { at_once: AT_ONCE, ..Limits::default() };
    let fetcher = Fetcher::new(limits).expect("a fetcher");
    let mut pages = fetcher.fetch_all(std::iter::repeat_n(url.to_owned(), PAGES));
    let bytes = block_on(async {
        let mut bytes = 0;
        while let Some((_url, page)) = pages.next().await {
            bytes += page.expect("a page").body.len();
        }
        bytes
    });
    assert_eq!(bytes.expect("a runtime"), PAGES * BYTES);
}

/// What a program writes that takes reqwest as it is: a semaphore, and no limits.
fn bare_reqwest(url: &str) {
    let client = reqwest::Client::builder().no_proxy();
    let client = client.tls_backend_preconfigured(no_tls()).build().expect("a client");
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let bytes = block_on(async {
        let mut tasks = JoinSet::new();
        for _ in 0..PAGES {
            let (client, slots, url) = (client.clone(), slots.clone(), url.to_owned());
            tasks.spawn(async move {
                let _slot = slots.acquire().await.expect("a slot");
                let answer = client.get(url).send().await.expect("an answer");
                answer.bytes().await.expect("a body").len()
            });
        }
        tasks.join_all().await.into_iter().sum::<usize>()
    });
    assert_eq!(bytes.expect("a runtime"), PAGES * BYTES);
}

fn no_tls() -> rustls::ClientConfig {
    let provider = rustls::crypto::ring::default_provider();
    rustls::ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .expect("versions of TLS")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth()
}

fn curl(url: &str) {
    let options = ["--silent", "--fail", "--noproxy", "*", "--config", "-"];
    let mut curl = Command::new("curl")
        .args(options)
        .args(["--parallel", "--parallel-max", &AT_ONCE.to_string()])
        .stdin(Stdio::piped())
        .spawn()
        .expect("curl");
    let page = format!("url = \"{url}\"\noutput = \"/dev/null\"\n");
    let mut config = curl.stdin.take().expect("its standard input");
    config.write_all(page.repeat(PAGES).as_bytes()).expect("its configuration");
    drop(config);
    assert!(curl.wait().expect("its end").success());
}

fn gevent(python: &PathBuf, url: &str) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/gevent_pages.py");
    let [pages, at_once, bytes] = [PAGES, AT_ONCE, BYTES].map(|it| it.to_string());
    let ended =
        Command::new(python).args([script, url, &pages, &at_once, &bytes]).status();
    assert!(ended.expect("Python").success());
}

/// The server, as a process that ends with this one.
struct PageServer {
    process: Child,
    url: String,
}

impl PageServer {
    fn start() -> Self {
        let mut process = Command::new("/proc/self/exe")
            .arg(SERVE)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let output = process.stdout.take().expect("its output");
        let line = BufReader::new(output).lines().next();
        Self { process, url: line.expect("a line").expect("a URL") }
    }
}

impl Drop for PageServer {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ended = self.process.wait();
    }
}

/// Serves until standard input ends, if the program was started to do so.
fn serve_if_asked() {
    if std::env::args().nth(1).is_some_and(|word| word == SERVE) {
        let server = Server::start().expect("a server");
        println!("{}", server.page("page", BYTES, 0.0));
        let _end = std::io::stdin().read(&mut [0]);
        drop(server);
        std::process::exit(0);
    }
}

criterion_group!(benches, fetch);

fn main() {
    serve_if_asked();
    benches();
    Criterion::default().configure_from_args().final_summary();
}
