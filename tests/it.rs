//! The one integration binary: a module for each area.

mod it {
    mod catalog;
    mod issuer;
    mod plan;
    mod reference;
    mod report;
    mod stage;
    mod steps;
    mod suite;
}
