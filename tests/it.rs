//! The one integration binary: a module for each area.

mod it {
    mod cli;
    mod plan;
    mod report;
    mod steps;
    mod suite;
}
