//! The reference system as `recant run` starts it: on a free loopback port, with a secret that nobody else has.

use std::net::{Ipv4Addr, SocketAddr};

use crate::error::{Error, Problem};
use crate::plan::{Overlay, suggestion};
use crate::reference::{ADMIN_SECRET, Fault, Reference, client_secrets, faults as entries, start};

/// The reference system, about to be started.
pub struct Embedded {
    faults: Vec<Fault>,
    admin: String,
}

/// Faults by name or number.
///
/// # Errors
/// Those that don't exist, all at once.
pub fn faults(names: &[String]) -> Result<Vec<Fault>, Error> {
    let known = || entries().iter().flat_map(|e| [e.name.as_str(), e.id.as_str()]);
    let mut problems = Vec::new();
    let mut all = Vec::new();
    for name in names {
        match Fault::named(name) {
            Some(fault) => all.push(fault),
            None => problems.push(
                Problem::new(format!("the reference system has no fault `{name}`"))
                    .help(suggestion(name, known(), "faults")),
            ),
        }
    }
    if problems.is_empty() { Ok(all) } else { Err(Error::Problems(problems)) }
}

impl Embedded {
    /// A system with these faults.
    #[must_use]
    pub fn new(faults: Vec<Fault>) -> Self {
        let secret: [u64; 4] = rand::random();
        Self { faults, admin: secret.map(|n| format!("{n:016x}")).concat() }
    }

    /// What the target file of the reference system needs besides its address.
    #[must_use]
    pub fn overlay(&self) -> Overlay {
        let mut overlay = Overlay::default();
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
        Ok(reference)
    }
}
