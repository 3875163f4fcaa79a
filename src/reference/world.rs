//! What all parts of the system share: its clock, its faults, its address, and the issuer's memory behind one lock.

use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};

use super::clock::Clock;
use super::faults::{Fault, Faults};
use super::issuer::Partners;
use super::jose::PublicKeys;
use super::proofs::Proofs;
use super::services::{FurtherIssuers, Inbox, Receiver};
use super::ssf::{News, Signer, Streams};
use super::store::{Digest, Store, digest_of};
use super::upstream::Upstream;

/// The system.
pub struct World {
    /// `http://127.0.0.1:PORT`: the issuer identifier.
    pub base: String,
    /// The same over TLS.
    pub tls: String,
    pub clock: Clock,
    pub faults: Faults,
    /// Digest of the secret that the admin interface asks for.
    pub admin: Digest,
    /// Where the event-driven service hears of changes.
    pub inbox: Arc<Inbox>,
    /// Where others tell it of changes.
    pub receiver: Receiver,
    /// Issuers beside this one that a service takes tokens of.
    pub further: FurtherIssuers,
    /// Another issuer of the house.
    pub partners: Partners,
    /// Another issuer, which this one is a broker over.
    pub upstream: Upstream,
    /// What others are told.
    pub streams: Streams,
    /// Proofs that were shown to the issuer and to services.
    pub proofs: Proofs,
    store: Mutex<Store>,
}

impl World {
    /// A system at its start.
    pub fn new(
        [base, tls]: [String; 2],
        faults: &[Fault],
        admin_secret: &str,
    ) -> Result<Self, String> {
        let faults = Faults::new(faults);
        Ok(Self {
            base,
            tls,
            clock: Clock::default(),
            admin: digest_of(admin_secret),
            inbox: Arc::new(Inbox::new(&faults)),
            receiver: Receiver::new(&faults),
            further: FurtherIssuers::default(),
            partners: Partners::new()?,
            upstream: Upstream::default(),
            streams: Streams::default(),
            proofs: Proofs::default(),
            store: Mutex::new(Store::new(&faults)?),
            faults,
        })
    }

    /// Reads or changes the issuer's memory. Events that this leads to are delivered before anybody else's turn, so that
    /// they arrive in the order in which things happened.
    pub fn with<T>(&self, act: impl FnOnce(&mut Store) -> T) -> T {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let result = act(&mut store);
        for event in store.outbox.drain(..) {
            self.inbox.receive(event);
        }
        let news = std::mem::take(&mut store.news);
        self.tell(&store, &news);
        result
    }

    fn tell(&self, store: &Store, news: &[News]) {
        let Some(key) = store.keys.signing().filter(|_| !news.is_empty()) else { return };
        let by = Signer { key, issuer: &self.base, now_s: self.clock.now_s() };
        news.iter().for_each(|news| self.streams.tell(news, &by, &self.faults));
    }

    /// Back to the start; only the clock is not turned back.
    pub fn reset(&self) -> Result<(), String> {
        let fresh = Store::new(&self.faults)?;
        self.with(|store| *store = fresh);
        self.upstream.clear();
        self.inbox.clear();
        self.receiver.clear();
        self.further.clear();
        self.streams.clear();
        self.proofs.clear();
        Ok(())
    }

    /// The keys that the issuer publishes.
    pub fn published_keys(&self) -> PublicKeys {
        self.with(|store| store.keys.published())
    }
}

/// A name that nobody can guess: 128 random bits after a prefix.
pub fn random_name(prefix: &str) -> String {
    let mut bytes = [0_u8; 16];
    // the system's generator does not fail once it has been seeded; a process that cannot seed it cannot go on
    SystemRandom::new().fill(&mut bytes).expect("the system gives random bytes");
    let mut name = prefix.to_owned();
    for byte in bytes {
        name.push_str(&format!("{byte:02x}"));
    }
    name
}
