//! For each fault the one thing to look at.

mod again;
mod derived;
mod doors;
mod issuing;
mod serving;

use futures::future::BoxFuture;
use recant::reference::Fault;

use super::lab::Lab;

/// True where the fault shows.
pub type Probe = for<'a> fn(&'a Lab) -> BoxFuture<'a, bool>;

/// A probe from a block over `lab`.
macro_rules! probes {
    ($($fault:ident: |$lab:ident| $body:block)*) => {
        &[$((Fault::$fault, |$lab| Box::pin(async move { $body }))),*]
    };
}
use probes;

const WRITER: &str = "/subjects/ada/roles/writer";
const WIDE: &str = "items:read items:write";

/// Every fault with its probe.
pub fn all() -> impl Iterator<Item = &'static (Fault, Probe)> {
    let tables = [issuing::PROBES, serving::PROBES, doors::PROBES, derived::PROBES, again::PROBES];
    tables.into_iter().flatten()
}
