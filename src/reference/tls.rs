//! The second listener: the same system over TLS. It asks for a client certificate and takes any, or none (RFC 8705 section 2.2):
//! what a certificate is good for is decided by who reads it.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use axum::extract::connect_info::{ConnectInfo, Connected};
use axum::http::Extensions;
use axum::serve::{IncomingStream, Listener};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::client::danger::HandshakeSignatureValid;
use tokio_rustls::rustls::crypto::{
    WebPkiSupportedAlgorithms, aws_lc_rs as primitives, verify_tls12_signature,
    verify_tls13_signature,
};
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use tokio_rustls::rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use tokio_rustls::rustls::{
    DigitallySignedStruct, DistinguishedName, Error, ServerConfig, SignatureScheme,
};
use tokio_rustls::server::TlsStream;

/// Who signed the certificate of this listener: well-known, as all keys here.
pub const AUTHORITY: &str = include_str!("tls/authority.pem");
/// The certificate of the client `kiosk`, and its key.
pub const KIOSK: [&str; 2] = [include_str!("tls/kiosk.pem"), include_str!("tls/kiosk.key.pem")];

/// A handshake takes no longer than this.
const HANDSHAKE: Duration = Duration::from_secs(2);
/// So many connections wait to be served.
const WAITING: usize = 64;

/// What a client showed of itself: the SHA-256 of its certificate as `x5t#S256` has it (RFC 8705 section 3.1), if it showed one.
#[derive(Clone)]
pub struct Certificate(Option<String>);

/// The certificate of whoever sent a request; `None` where none was shown, and on the listener without TLS.
pub fn shown_with(extensions: &Extensions) -> Option<&str> {
    let ConnectInfo(Certificate(shown)) = extensions.get::<ConnectInfo<Certificate>>()?;
    shown.as_deref()
}

/// The hash of a certificate in PEM.
pub fn hash_of(pem: &str) -> Option<String> {
    CertificateDer::from_pem_slice(pem.as_bytes()).ok().map(|der| hash(&der))
}

fn hash(der: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, der))
}

/// Connections whose handshake is done.
pub struct Tls {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    addr: SocketAddr,
}

impl Tls {
    /// Listens, until this is dropped.
    ///
    /// # Errors
    /// Where the address can't be listened on, or TLS can't be set up.
    pub async fn bind(at: SocketAddr) -> io::Result<Self> {
        let acceptor = TlsAcceptor::from(Arc::new(config().map_err(io::Error::other)?));
        let listener = TcpListener::bind(at).await?;
        let addr = listener.local_addr()?;
        let (done, ready) = mpsc::channel(WAITING);
        tokio::spawn(async move {
            loop {
                let accepted = tokio::select! {
                    accepted = listener.accept() => accepted,
                    () = done.closed() => return,
                };
                // a connection that is over already; the next may not be
                let Ok((socket, from)) = accepted else { continue };
                let (acceptor, done) = (acceptor.clone(), done.clone());
                tokio::spawn(async move {
                    let shaken = tokio::time::timeout(HANDSHAKE, acceptor.accept(socket)).await;
                    if let Ok(Ok(stream)) = shaken {
                        // nobody serves any more: the connection ends with this
                        let _ = done.send((stream, from)).await;
                    }
                });
            }
        });
        Ok(Self { ready, addr })
    }
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(next) => next,
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.addr)
    }
}

impl Connected<IncomingStream<'_, Tls>> for Certificate {
    fn connect_info(stream: IncomingStream<'_, Tls>) -> Self {
        let (_, session) = stream.io().get_ref();
        let own = session.peer_certificates().and_then(<[_]>::first);
        Self(own.map(|der| hash(der)))
    }
}

fn config() -> Result<ServerConfig, String> {
    let own = CertificateDer::from_pem_slice(include_bytes!("tls/server.pem"));
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/server.key.pem"));
    let provider = primitives::default_provider();
    let anybody = Anybody(provider.signature_verification_algorithms);
    ServerConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .map_err(|e| e.to_string())?
        .with_client_cert_verifier(Arc::new(anybody))
        .with_single_cert(vec![own.map_err(|e| e.to_string())?], key.map_err(|e| e.to_string())?)
        .map_err(|e| e.to_string())
}

/// Takes every certificate whose key the client has.
#[derive(Debug)]
struct Anybody(WebPkiSupportedAlgorithms);

impl ClientCertVerifier for Anybody {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, signed, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, signed, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}
