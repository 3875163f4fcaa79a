//! The Gherkin vocabulary as a table: expression, doc, example, meaning. A sentence is turned into verbs of a plan
//! (`Given`, `When`) or into obligations of the catalogue (`Then`). Sends nothing and judges nothing.

mod book;
mod calls;
mod changes;
mod cut;
mod deed;
mod listing;
mod obligations;
mod parameters;
mod people;
mod said;
mod scene;
mod sentence;
mod tokens;

pub use book::Book;
pub use deed::{Ask, Deed};
pub use listing::{Entry, entries, json, markdown, parameters, text};
pub use said::Said;
pub use scene::Scene;
pub use sentence::Keyword;
