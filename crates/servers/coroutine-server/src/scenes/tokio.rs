//! N1.21: by tokio, a task without a stack talks to each client, on one thread.

use std::io::ErrorKind;

use coroutines::on_tokio::nursery;
use shared::{Result, say};
use socket_server::kit::Clients;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::clients;

pub fn play() -> Result {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    runtime.block_on(serve())
}

async fn serve() -> Result {
    let server = TcpListener::bind("127.0.0.1:0").await?;
    let clients = Clients::start(&server, clients::three)?;
    nursery(async |tasks| -> Result {
        while let Ok((connection, peer)) = server.accept().await {
            tasks.spawn(&peer.to_string(), talk(connection));
        }
        Ok(())
    })
    .await?;
    clients.join()
}

async fn talk(mut connection: TcpStream) -> Result {
    let mut received = [0; 1024];
    loop {
        // At each `.await`, and nowhere else, other tasks may run.
        match connection.read(&mut received).await {
            Ok(0) => return Ok(()),
            Ok(count) => {
                let answer = received[..count].to_ascii_uppercase();
                connection.write_all(&answer).await?;
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => {
                say!("a client has broken off");
                return Ok(());
            }
            Err(error) => return Err(error.into()),
        }
    }
}
