//! The one integration binary: a module for each area.

mod it {
    mod catalog;
    mod cli;
    mod issuer;
    mod plan;
    mod reference;
    mod report;
    mod stage;
    mod steps;
    mod suite;
}
#[path = "it/catalog.rs"]
mod catalog;
#[path = "it/judge.rs"]
mod judge;
#[path = "it/judge_props.rs"]
mod judge_props;
