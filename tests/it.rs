//! The one integration binary: a module for each area.

mod it {
    mod issuer;
    mod plan;
}
