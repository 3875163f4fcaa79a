//! `report.html`: one page that needs nothing else, no script and no network. The templates beside these files hold the
//! markup; what they show is put into words here. Decides nothing and computes no verdict.

mod agreed;
mod claims;
mod decision;
mod figure;
mod filters;
mod finding;
mod first;
mod index;
mod lags;
mod matrix;
mod page;
mod said;
mod scale;
mod scenario;
mod shown;

pub use page::render;
