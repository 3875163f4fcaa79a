//! Ways to show a token that is bound to a key (RFC 9449), to a certificate (RFC 8705) or to a client (RFC 6749) without showing that one
//! has the key or the certificate, or is the client.

use serde::{Deserialize, Serialize};

/// What is wrong with the proof or the connection, on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Unproven {
    /// The token is shown as a bearer token (section 7.2).
    AsBearer,
    /// There is none.
    NoProof,
    /// Another key made it.
    OtherKey,
    /// It names the right key, and another one signed it.
    OtherSignature,
    /// `htm` is another method.
    OtherMethod,
    /// `htu` is another path.
    OtherPath,
    /// `htu` is at another host.
    OtherHost,
    /// `ath` is missing.
    NoTokenHash,
    /// `ath` is the hash of another token.
    OtherTokenHash,
    /// `iat` is an hour ago.
    Stale,
    /// The very same proof was taken just before (section 11.1, which leaves it to the service).
    Replayed,
    /// The same, once it may be forgotten that it was taken.
    ReplayedLater,
    /// The connection shows no client certificate (RFC 8705 section 3).
    NoCertificate,
    /// The connection shows another certificate.
    OtherCertificate,
    /// Nothing is shown that proves who the client is (RFC 6749 section 6).
    NoCredential,
    /// What is shown proves nothing: another secret, or an assertion that another key signed.
    OtherCredential,
    /// The same, in the place that the client does not use: in the form instead of the header, or the other way (RFC 6749 section 2.3.1).
    OtherPlace,
}

impl Unproven {
    /// The ways that are possible anywhere. Of the others `AsBearer` is not where a header of the service's own has no scheme,
    /// `Stale` is not where a server gives out nonces, which say how old a proof is, and `Replayed` takes a proof that was good.
    pub const ANYWHERE: [Self; 8] = [
        Self::NoProof,
        Self::OtherKey,
        Self::OtherSignature,
        Self::OtherMethod,
        Self::OtherPath,
        Self::OtherHost,
        Self::NoTokenHash,
        Self::OtherTokenHash,
    ];

    /// The ways in which a token that is bound to a certificate can be shown.
    pub const CONNECTIONS: [Self; 2] = [Self::NoCertificate, Self::OtherCertificate];

    /// The ways in which a token that is bound to a client can be shown.
    pub const CLIENTS: [Self; 3] = [Self::NoCredential, Self::OtherCredential, Self::OtherPlace];

    /// True where it is about who the client is, not about a key or a certificate.
    #[must_use]
    pub fn is_of_client(self) -> bool {
        Self::CLIENTS.contains(&self)
    }

    /// True where it is about a certificate, not about a proof.
    #[must_use]
    pub fn is_of_certificate(self) -> bool {
        Self::CONNECTIONS.contains(&self)
    }

    /// In words, after "accepted".
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::AsBearer => "as a bearer token",
            Self::NoProof => "without a proof",
            Self::OtherKey => "with a proof by another key",
            Self::OtherSignature => "with a proof that its key did not sign",
            Self::OtherMethod => "with a proof for another method",
            Self::OtherPath => "with a proof for another path",
            Self::OtherHost => "with a proof for another host",
            Self::NoTokenHash => "with a proof that names no token",
            Self::OtherTokenHash => "with a proof for another token",
            Self::Stale => "with a proof of an hour ago",
            Self::Replayed => "with a proof that was shown before",
            Self::NoCertificate => "over a connection without a certificate",
            Self::OtherCertificate => "over a connection with another certificate",
            Self::NoCredential => "without a credential of its client",
            Self::OtherCredential => "with a wrong credential of its client",
            Self::OtherPlace => "with a wrong credential of its client in another place than usual",
            Self::ReplayedLater => "with a proof that was shown some time before",
        }
    }
}
