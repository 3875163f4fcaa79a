//! The reference system, driven over HTTP like anybody's: what it does right, and what each fault makes it do wrong.

mod certificate;
mod decisions;
mod faults;
mod hands;
mod healthy;
mod holder;
mod issuers;
mod lab;
mod logout;
mod reuse;
mod signals;
mod table;
