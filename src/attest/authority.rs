//! Whether a time-stamp token may be believed: its signature, its signer's certificate, and the chain to an authority that was handed in.

use std::time::Duration;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert, aws_lc_rs as algorithms};

use super::der::{BOOLEAN, Der, INTEGER, OCTETS, OID, SEQUENCE, dotted};
use super::pem;
use super::timestamp::{Hash, SignedBy, Token};

const SIGNING_CERTIFICATE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0c";
const SIGNING_CERTIFICATE_V2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f";
const EXTENDED_KEY_USAGE: &[u8] = b"\x55\x1d\x25";
const TIME_STAMPING: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x03\x08";
const RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01";
const ECDSA_WITH: &[u8] = b"\x2a\x86\x48\xce\x3d\x04\x03";

type Algorithm = &'static dyn SignatureVerificationAlgorithm;

/// Authorities that are trusted to tell the time.
#[derive(Debug, Clone, Default)]
pub struct Authorities(Vec<TrustAnchor<'static>>);

impl Authorities {
    /// Reads certificates in PEM.
    ///
    /// # Errors
    /// Where there is none, or anything else.
    pub fn from_pem(text: &str) -> Result<Self, String> {
        let wrong = |e| format!("it is no certificate: {e}");
        let anchor = |der: Vec<u8>| {
            let der = CertificateDer::from(der);
            anchor_from_trusted_cert(&der).map(|anchor| anchor.to_owned()).map_err(wrong)
        };
        pem::all("CERTIFICATE", text)?.into_iter().map(anchor).collect::<Result<_, _>>().map(Self)
    }

    /// True where nobody is trusted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Believes a token, or says why not: its signature is that of the certificate that it names, which was valid at the time in the
    /// token, is for time-stamping and nothing else (RFC 3161 section 2.3), and leads to one of these authorities.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn believe(&self, token: &Token) -> Result<(), String> {
        let signer = &token.signer;
        signer.covers(&token.content)?;
        let its_own = |der: &&Vec<u8>| names(der).is_ok_and(|n| n == signer.issuer_and_serial);
        let mut own = token.certificates.iter().filter(its_own);
        let own = own.find(|der| is_meant(signer, der).unwrap_or_default());
        let own = own.ok_or("the certificate of its signer is not in it")?;
        only_for_time(own)?;
        let der = CertificateDer::from(own.as_slice());
        let unread = |e| format!("the certificate of its signer: {e}");
        let certificate = EndEntityCert::try_from(&der).map_err(unread)?;
        let signed_by = |algorithm: &Algorithm| {
            certificate.verify_signature(*algorithm, &signer.signed, &signer.signature).is_ok()
        };
        if !fitting(signer)?.iter().any(signed_by) {
            return Err("its signature is not that of the certificate in it".into());
        }
        let others = token.certificates.iter().filter(|c| *c != own);
        let others: Vec<_> = others.map(|c| CertificateDer::from(c.as_slice())).collect();
        let at = UnixTime::since_unix_epoch(Duration::from_secs(token.at_seconds));
        // The signer's own certificate was looked at above; those between need not say what they are for.
        let usage = KeyUsage::required_if_present(TIME_STAMPING);
        let all = webpki::ALL_VERIFICATION_ALGS;
        let chain = certificate.verify_for_usage(all, &self.0, &others, at, usage, None, None);
        chain.map(|_| ()).map_err(|e| {
            format!(
                "the certificate of its signer leads to no given authority at {}: {e}",
                token.at
            )
        })
    }
}

/// The algorithms that a signer may have meant: one for each kind of key.
fn fitting(signer: &SignedBy) -> Result<Vec<Algorithm>, String> {
    use Hash::{Sha256, Sha384, Sha512};
    use algorithms as a;
    let named = signer.algorithm.as_slice();
    let unknown = || format!("it is signed by the algorithm {}, which is not read", dotted(named));
    let (rsa, with) = match (named.strip_prefix(RSA), named.strip_prefix(ECDSA_WITH)) {
        (Some([1]), _) => (true, signer.hash),
        (Some([11]), _) => (true, Sha256),
        (Some([12]), _) => (true, Sha384),
        (Some([13]), _) => (true, Sha512),
        (_, Some([2])) => (false, Sha256),
        (_, Some([3])) => (false, Sha384),
        (_, Some([4])) => (false, Sha512),
        _ => return Err(unknown()),
    };
    if with != signer.hash {
        return Err("its digest is another one than that of its signature".into());
    }
    Ok(match (rsa, with) {
        (true, Sha256) => vec![a::RSA_PKCS1_2048_8192_SHA256],
        (true, Sha384) => vec![a::RSA_PKCS1_2048_8192_SHA384],
        (true, Sha512) => vec![a::RSA_PKCS1_2048_8192_SHA512],
        (false, Sha256) => vec![a::ECDSA_P256_SHA256, a::ECDSA_P384_SHA256, a::ECDSA_P521_SHA256],
        (false, Sha384) => vec![a::ECDSA_P256_SHA384, a::ECDSA_P384_SHA384, a::ECDSA_P521_SHA384],
        (false, Sha512) => vec![a::ECDSA_P256_SHA512, a::ECDSA_P384_SHA512, a::ECDSA_P521_SHA512],
    })
}

/// True where the signed attribute (RFC 5816, or RFC 2634 with its SHA-1) names this certificate.
fn is_meant(signer: &SignedBy, der: &[u8]) -> Result<bool, String> {
    if signer.attributes.contains_key(SIGNING_CERTIFICATE_V2) {
        let mut value = Der::new(signer.attribute(SIGNING_CERTIFICATE_V2)?);
        let mut first = value.within(SEQUENCE)?.within(SEQUENCE)?.within(SEQUENCE)?;
        let hash = match first.optional(SEQUENCE)? {
            Some(named) => Hash::named(Der::new(named.body).next(OID)?.body)?,
            None => Hash::Sha256,
        };
        return Ok(first.next(OCTETS)?.body == hash.of(der));
    }
    let mut value = Der::new(signer.attribute(SIGNING_CERTIFICATE)?);
    let mut first = value.within(SEQUENCE)?.within(SEQUENCE)?.within(SEQUENCE)?;
    Ok(first.next(OCTETS)?.body == digest(&SHA1_FOR_LEGACY_USE_ONLY, der).as_ref())
}

/// Issuer and serial number of a certificate, as a signer names them.
fn names(der: &[u8]) -> Result<Vec<u8>, String> {
    let mut inner = Der::new(der).within(SEQUENCE)?.within(SEQUENCE)?;
    inner.optional(0xa0)?;
    let serial = inner.next(INTEGER)?.whole;
    inner.next(SEQUENCE)?;
    Ok([inner.next(SEQUENCE)?.whole, serial].concat())
}

/// The extension that says so must be critical and say nothing else.
fn only_for_time(der: &[u8]) -> Result<(), String> {
    let wrong = "the certificate of its signer is not for time-stamping alone";
    let mut inner = Der::new(der).within(SEQUENCE)?.within(SEQUENCE)?;
    while !inner.is_done() {
        let item = inner.any()?;
        if item.tag != 0xa3 {
            continue;
        }
        let mut all = Der::new(item.body).within(SEQUENCE)?;
        while !all.is_done() {
            let mut extension = all.within(SEQUENCE)?;
            if extension.next(OID)?.body != EXTENDED_KEY_USAGE {
                continue;
            }
            let critical = extension.optional(BOOLEAN)?.is_some_and(|b| b.body == [0xff]);
            let mut usages = Der::new(extension.next(OCTETS)?.body).within(SEQUENCE)?;
            let only = usages.next(OID)?.body == TIME_STAMPING && usages.is_done();
            return if critical && only { Ok(()) } else { Err(wrong.into()) };
        }
    }
    Err(wrong.into())
}
