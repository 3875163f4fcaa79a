//! Starting and stopping the system.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware;
use axum::serve::Listener as _;
use futures::FutureExt as _;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::faults::Fault;
use super::tls::{self, Certificate, Tls};
use super::world::World;
use super::{admin, issuer, services, ssf, store};

/// No request body is longer than this, bytes.
const LONGEST_BODY: usize = 64 * 1024;
/// Requests under way when the system stops get this long to end.
const LAST_REQUESTS: Duration = Duration::from_secs(2);

/// Name of the environment variable that `targets/reference.toml` reads the admin secret from.
pub const ADMIN_SECRET: &str = "RECANT_REFERENCE_ADMIN";

/// The environment variables that `targets/reference.toml` reads the secrets of clients and transmitters from, with their values: well-known
/// ones, since nothing here is worth protecting.
#[must_use]
pub fn client_secrets() -> Vec<(String, &'static str)> {
    let variable = |id: &str| format!("RECANT_REFERENCE_{}", id.to_uppercase());
    let clients = store::SECRETS.iter().map(|(id, secret)| (variable(id), *secret));
    let [certificate, key] = tls::KIOSK;
    let others = [
        ("agent_key", store::AGENT_KEY),
        ("push", services::PUSH_SECRET),
        ("authority", tls::AUTHORITY),
        ("kiosk_certificate", certificate),
        ("kiosk_key", key),
    ];
    clients.chain(others.map(|(id, secret)| (variable(id), secret))).collect()
}

/// A running system. It stops when this is dropped, or by [`Reference::stop`].
pub struct Reference {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Its issuer identifier, and the start of every address: `http://127.0.0.1:PORT`.
    pub base: String,
    /// The same over TLS, where client certificates are asked for: `https://127.0.0.1:PORT`.
    pub tls: String,
    stop: Option<oneshot::Sender<()>>,
    served: JoinHandle<()>,
}

/// Starts a system of its own: any number can run side by side. Its second listener takes the next port, or a free one where
/// the first does.
///
/// # Errors
/// Where the address cannot be listened on, or no signing key can be made.
pub async fn start(
    listen: SocketAddr,
    faults: &[Fault],
    admin_secret: String,
) -> io::Result<Reference> {
    let listener = TcpListener::bind(listen).await?;
    let addr = listener.local_addr()?;
    let base = format!("http://{addr}");
    let beside = match listen.port() {
        0 => 0,
        port => port.checked_add(1).ok_or_else(|| io::Error::other("there is no next port"))?,
    };
    let over_tls = Tls::bind(SocketAddr::new(listen.ip(), beside)).await?;
    let tls = format!("https://{}", over_tls.local_addr()?);
    let world = World::new([base.clone(), tls.clone()], faults, &admin_secret);
    let router = routes(&Arc::new(world.map_err(io::Error::other)?));
    let with_certificate = router.clone().into_make_service_with_connect_info::<Certificate>();
    let (stop, stopped) = oneshot::channel::<()>();
    // an error and the end of the sender both mean: stop
    let stopped = stopped.map(|_| ()).shared();
    let served = tokio::spawn(async move {
        let plain = axum::serve(listener, router).with_graceful_shutdown(stopped.clone());
        let over_tls = axum::serve(over_tls, with_certificate).with_graceful_shutdown(stopped);
        let _ = tokio::join!(plain.into_future(), over_tls.into_future());
    });
    Ok(Reference { addr, base, tls, stop: Some(stop), served })
}

impl Reference {
    /// Stops listening, lets requests that are under way end, and returns.
    pub async fn stop(mut self) {
        drop(self.stop.take());
        let served = &mut self.served;
        if tokio::time::timeout(LAST_REQUESTS, &mut *served).await.is_err() {
            served.abort();
        }
    }
}

fn routes(world: &Arc<World>) -> Router {
    issuer::routes()
        .merge(ssf::routes())
        .merge(admin::routes(world))
        .with_state(Arc::clone(world))
        .merge(services::routes(world))
        .layer(middleware::from_fn_with_state(Arc::clone(world), ssf::deliver))
        .layer(DefaultBodyLimit::max(LONGEST_BODY))
}
