//! The reference system as `recant run` starts it: on a free loopback port, with a secret that nobody else has.

use std::net::{Ipv4Addr, SocketAddr};

use super::reference::fresh_secret;
use crate::error::Error;
use crate::plan::Overlay;
use crate::reference::{ADMIN_SECRET, Fault, Reference, client_secrets, start};

/// The reference system, about to be started.
pub struct Embedded {
    faults: Vec<Fault>,
    admin: String,
}

impl Embedded {
    /// A system with these faults.
    #[must_use]
    pub fn new(faults: Vec<Fault>) -> Self {
        Self { faults, admin: fresh_secret() }
    }

    /// What the target file of the reference system needs besides its address.
    #[must_use]
    pub fn overlay(&self) -> Overlay {
        // it is part of this recant
        let version = Some(env!("CARGO_PKG_VERSION").to_owned());
        let mut overlay = Overlay { version, ..Overlay::default() };
        overlay.env.insert(ADMIN_SECRET.to_owned(), self.admin.clone());
        let clients = client_secrets();
        overlay.env.extend(clients.into_iter().map(|(name, secret)| (name, secret.to_owned())));
        overlay
    }

    /// Names of the faults that are switched on.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.faults.iter().filter_map(|f| f.entry()).map(|e| e.name.clone()).collect()
    }

    /// Starts it and adds its address to what the target file needs.
    ///
    /// # Errors
    /// Where no port of the loopback interface can be listened on.
    pub async fn start(&self, overlay: &mut Overlay) -> Result<Reference, Error> {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let reference = start(any, &self.faults, self.admin.clone())
            .await
            .map_err(|e| Error::Broken(format!("the reference system can't be started: {e}")))?;
        overlay.values.insert("base".to_owned(), reference.base.clone());
        overlay.values.insert("tls".to_owned(), reference.tls.clone());
        Ok(reference)
    }
}
