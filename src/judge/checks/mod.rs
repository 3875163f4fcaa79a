//! The checks by name. Each is one pure function in a file of its own.

mod audience;
mod bystander;
mod cache;
mod content;
mod declared;
mod denial;
mod derived;
mod enforcement;
mod expiry;
mod forged;
mod inherited;
mod introspection;
mod issuers;
mod kept_apart;
mod loss;
mod real_token;
mod reasons;
mod refusals;
mod replicas;
mod scope;
mod services_agree;
mod signal;
mod source_down;
mod status_list;
mod stranger;
mod table;
mod unproven;

pub use table::{all, named};
