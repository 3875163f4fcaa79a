//! Connections to recant: few at a time, each for a short while and for so many bytes. Whoever connects is a stranger.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;

/// Connections at once.
const MOST_CONNECTIONS: usize = 64;
/// How long one lasts, however fast its bytes come.
const LONGEST: Duration = Duration::from_secs(5);
/// Bytes that are read from one: headers and a body that is too long already.
const MOST_BYTES: u64 = 512 << 10;
/// Waited where a connection could not be taken, because the process has too many files open.
const PAUSE: Duration = Duration::from_millis(50);

/// An address that is listened on.
pub struct Wire {
    listener: TcpListener,
    free: Arc<Semaphore>,
    crowded: Arc<AtomicBool>,
}

impl Wire {
    /// Takes connections of a listener. `crowded` becomes true where somebody may have had to wait.
    pub fn new(listener: TcpListener, crowded: Arc<AtomicBool>) -> Self {
        Self { listener, free: Arc::new(Semaphore::new(MOST_CONNECTIONS)), crowded }
    }

    async fn place(&self) -> OwnedSemaphorePermit {
        if let Ok(place) = self.free.clone().try_acquire_owned() {
            return place;
        }
        self.crowded.store(true, Ordering::Relaxed);
        match self.free.clone().acquire_owned().await {
            Ok(place) => place,
            // Nobody closes it.
            Err(_) => std::future::pending().await,
        }
    }
}

impl axum::serve::Listener for Wire {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        let place = self.place().await;
        loop {
            if let Ok((stream, from)) = self.listener.accept().await {
                let ends = Box::pin(tokio::time::sleep(LONGEST));
                return (Connection { stream, ends, left: MOST_BYTES, _place: place }, from);
            }
            self.crowded.store(true, Ordering::Relaxed);
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A connection that ends by itself.
pub struct Connection {
    stream: TcpStream,
    ends: Pin<Box<Sleep>>,
    left: u64,
    _place: OwnedSemaphorePermit,
}

impl Connection {
    fn is_over(&mut self, context: &mut Context<'_>) -> bool {
        self.left == 0 || self.ends.as_mut().poll(context).is_ready()
    }
}

fn over() -> io::Error {
    io::ErrorKind::TimedOut.into()
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.is_over(context) {
            return Poll::Ready(Err(over()));
        }
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let came = u64::try_from(buffer.filled().len() - before).unwrap_or(u64::MAX);
        self.left = self.left.saturating_sub(came);
        read
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.ends.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(over()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
