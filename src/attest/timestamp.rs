//! Time-stamp tokens (RFC 3161 with RFC 5816): asking for one, and what one says. Whether it may be believed is asked in `authority`.

use std::collections::BTreeMap;

use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::der::{BOOLEAN, Der, INTEGER, Item, OCTETS, OID, SEQUENCE, SET, TIME, WRONG, dotted};

/// Longest answer that is read, bytes: one with a chain of certificates has a tenth of it.
pub const LONGEST: usize = 64 * 1024;

const SIGNED: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const STAMP: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x04";
pub(super) const CONTENT_TYPE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
pub(super) const MESSAGE_DIGEST: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
/// What the names of SHA-256, SHA-384 and SHA-512 begin with.
const SHA_2: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02";

/// A digest algorithm that a token may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
}

/// A token, read and not believed.
#[derive(Debug, Clone)]
pub struct Token {
    /// The time in it, RFC 3339 in UTC.
    pub at: String,
    /// The same, whole seconds since 1970.
    pub at_seconds: u64,
    /// The policy that it was given by, as numbers with dots.
    pub policy: String,
    imprint: (Hash, Vec<u8>),
    pub(super) content: Vec<u8>,
    pub(super) certificates: Vec<Vec<u8>>,
    pub(super) signer: SignedBy,
}

/// Who signed a token, and how.
#[derive(Debug, Clone)]
pub(super) struct SignedBy {
    /// Issuer and serial number of its certificate.
    pub issuer_and_serial: Vec<u8>,
    pub hash: Hash,
    /// Object identifier of the algorithm.
    pub algorithm: Vec<u8>,
    /// What is signed: a `SET`.
    pub signed: Vec<u8>,
    /// Attributes by their object identifiers, each with its one value.
    pub attributes: BTreeMap<Vec<u8>, Vec<u8>>,
    pub signature: Vec<u8>,
}

/// A request (`TimeStampReq`) for a token over these bytes, with the certificate in it: for `curl --data-binary` or `openssl ts -reply`.
/// No nonce: an older token over the same bytes tells an earlier time, which is true as well.
#[must_use]
pub fn request(bytes: &[u8]) -> Vec<u8> {
    let hash = Sha256::digest(bytes);
    // SEQUENCE { 1, SEQUENCE { SEQUENCE { sha256, NULL }, hash }, certReq TRUE }
    let mut out = b"\x30\x39\x02\x01\x01\x30\x31\x30\x0d\x06\x09".to_vec();
    out.extend_from_slice(SHA_2);
    out.extend_from_slice(b"\x01\x05\x00\x04\x20");
    out.extend_from_slice(&hash);
    out.extend_from_slice(b"\x01\x01\xff");
    out
}

impl Hash {
    pub(super) fn named(oid: &[u8]) -> Result<Self, String> {
        match oid.strip_prefix(SHA_2) {
            Some([1]) => Ok(Self::Sha256),
            Some([2]) => Ok(Self::Sha384),
            Some([3]) => Ok(Self::Sha512),
            _ => Err(format!("it uses the digest {}, which is none of SHA-2", dotted(oid))),
        }
    }

    pub(super) fn of(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha384 => Sha384::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }
}

impl Token {
    /// Reads an answer of an authority (`TimeStampResp`), or the token out of one.
    ///
    /// # Errors
    /// Where it is too long, a refusal, or anything but one token in DER.
    pub fn read(bytes: &[u8]) -> Result<Self, String> {
        if bytes.len() > LONGEST {
            return Err("it is too long for a time-stamp".into());
        }
        let mut all = Der::new(bytes);
        let outer = all.next(SEQUENCE)?;
        all.done()?;
        let mut within = Der::new(outer.body);
        let Some(status) = within.optional(SEQUENCE)? else { return Self::of(outer) };
        match Der::new(status.body).next(INTEGER)?.body {
            [0 | 1] => {}
            other => return Err(format!("the authority refused it (status {other:?})")),
        }
        let token = within.next(SEQUENCE)?;
        within.done()?;
        Self::of(token)
    }

    /// True where the token is over exactly these bytes.
    #[must_use]
    pub fn is_of(&self, bytes: &[u8]) -> bool {
        let (hash, imprint) = &self.imprint;
        hash.of(bytes) == *imprint
    }

    fn of(token: Item) -> Result<Self, String> {
        let mut info = Der::new(token.body);
        is(info.next(OID)?, SIGNED)?;
        let mut explicit = info.within(0xa0)?;
        info.done()?;
        let mut signed = explicit.within(SEQUENCE)?;
        explicit.done()?;
        signed.next(INTEGER)?;
        signed.next(SET)?;
        let mut content = signed.within(SEQUENCE)?;
        is(content.next(OID)?, STAMP)?;
        let mut octets = content.within(0xa0)?;
        content.done()?;
        let content = octets.next(OCTETS)?.body;
        octets.done()?;
        let mut certificates = Vec::new();
        if let Some(all) = signed.optional(0xa0)? {
            let mut all = Der::new(all.body);
            while !all.is_done() {
                certificates.push(all.next(SEQUENCE)?.whole.to_vec());
            }
        }
        signed.optional(0xa1)?;
        let mut signers = signed.within(SET)?;
        signed.done()?;
        let signer = SignedBy::of(signers.within(SEQUENCE)?)?;
        signers.done().map_err(|_| "it has more than one signer".to_owned())?;
        Self::told(content, certificates, signer)
    }

    fn told(content: &[u8], certificates: Vec<Vec<u8>>, signer: SignedBy) -> Result<Self, String> {
        let mut all = Der::new(content);
        let mut info = all.within(SEQUENCE)?;
        all.done()?;
        is(info.next(INTEGER)?, &[1])?;
        let policy = dotted(info.next(OID)?.body);
        let mut imprint = info.within(SEQUENCE)?;
        let hash = Hash::named(imprint.within(SEQUENCE)?.next(OID)?.body)?;
        let digest = imprint.next(OCTETS)?.body.to_vec();
        imprint.done()?;
        info.next(INTEGER)?;
        let (at, at_seconds) = time(info.next(TIME)?.body)?;
        for tag in [SEQUENCE, BOOLEAN, INTEGER, 0xa0] {
            info.optional(tag)?;
        }
        if info.optional(0xa1)?.is_some() {
            return Err("it has extensions, which nobody here understands".into());
        }
        info.done()?;
        let (imprint, content) = ((hash, digest), content.to_vec());
        Ok(Self { at, at_seconds, policy, imprint, content, certificates, signer })
    }
}

impl SignedBy {
    fn of(mut info: Der) -> Result<Self, String> {
        let issuer = "its signer is not named by issuer and serial number";
        is(info.next(INTEGER)?, &[1]).map_err(|_| issuer.to_owned())?;
        let issuer_and_serial = info.next(SEQUENCE)?.body.to_vec();
        let hash = Hash::named(info.within(SEQUENCE)?.next(OID)?.body)?;
        let set = info.next(0xa0)?;
        let algorithm = info.within(SEQUENCE)?.next(OID)?.body.to_vec();
        let signature = info.next(OCTETS)?.body.to_vec();
        info.optional(0xa1)?;
        info.done()?;
        let mut attributes = BTreeMap::new();
        let mut each = Der::new(set.body);
        while !each.is_done() {
            let mut attribute = each.within(SEQUENCE)?;
            let name = attribute.next(OID)?.body.to_vec();
            let mut values = attribute.within(SET)?;
            attribute.done()?;
            let value = values.any()?.whole.to_vec();
            values.done()?;
            if attributes.insert(name, value).is_some() {
                return Err("an attribute stands in it twice".into());
            }
        }
        // What is signed is the set with its own tag (RFC 5652 section 5.4), not with the one that it has in the token.
        let mut signed = set.whole.to_vec();
        if let Some(tag) = signed.first_mut() {
            *tag = SET;
        }
        Ok(Self { issuer_and_serial, hash, algorithm, signed, attributes, signature })
    }

    /// The value of an attribute.
    pub fn attribute(&self, name: &[u8]) -> Result<&[u8], String> {
        let value = self.attributes.get(name).map(Vec::as_slice);
        value.ok_or_else(|| format!("what is signed lacks the attribute {}", dotted(name)))
    }

    /// What is signed is this content.
    pub fn covers(&self, content: &[u8]) -> Result<(), String> {
        is(Der::new(self.attribute(CONTENT_TYPE)?).next(OID)?, STAMP)?;
        let digest = Der::new(self.attribute(MESSAGE_DIGEST)?).next(OCTETS)?.body;
        if self.hash.of(content) == digest {
            Ok(())
        } else {
            Err("what is signed is another content than the one in it".into())
        }
    }
}

fn is(item: Item, wanted: &[u8]) -> Result<(), String> {
    if item.body == wanted { Ok(()) } else { Err(WRONG.to_owned()) }
}

/// `YYYYMMDDhhmmss[.f]Z`, the only form that RFC 3161 section 2.4.2 lets pass.
fn time(body: &[u8]) -> Result<(String, u64), String> {
    let wrong = || "its time is not one in UTC".to_owned();
    let text =
        std::str::from_utf8(body).ok().and_then(|t| t.strip_suffix('Z')).ok_or_else(wrong)?;
    let (digits, part) = text.split_once('.').map_or((text, None), |(d, p)| (d, Some(p)));
    let numbers = |t: &str| !t.is_empty() && t.bytes().all(|b| b.is_ascii_digit());
    let (true, [y1, y2, mo, d, h, mi, s]) = (numbers(digits), pairs(digits)?) else {
        return Err(wrong());
    };
    if part.is_some_and(|part| !numbers(part) || part.len() > 9) {
        return Err(wrong());
    }
    let part = part.map(|part| format!(".{part}")).unwrap_or_default();
    let text = format!("{y1}{y2}-{mo}-{d}T{h}:{mi}:{s}{part}Z");
    let at: jiff::Timestamp = text.parse().map_err(|_| wrong())?;
    let seconds = u64::try_from(at.as_second()).map_err(|_| wrong())?;
    Ok((text, seconds))
}

fn pairs(digits: &str) -> Result<[&str; 7], String> {
    let mut all = [""; 7];
    let wrong = || "its time is not one in UTC".to_owned();
    for (at, pair) in all.iter_mut().enumerate() {
        *pair = digits.get(at * 2..at * 2 + 2).ok_or_else(wrong)?;
    }
    if digits.len() == 14 { Ok(all) } else { Err(wrong()) }
}
