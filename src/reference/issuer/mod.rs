//! The issuer: an OAuth 2.0 authorization server with the grants, metadata, introspection and revocation that recant
//! judges. It asks policy at each issue, refresh and exchange, and writes each decision down.

mod attempt;
mod broker;
mod ciba;
mod client_credentials;
mod entitle;
mod exchange;
mod form;
mod introspect;
mod jwt_bearer;
mod logout;
mod metadata;
mod mint;
mod partners;
mod password;
mod possession;
mod refresh;
mod refusal;
mod revoke;
mod routes;
mod sign_in;
mod status;
mod token;

pub use introspect::{decide, introspect, still_permits};
pub use logout::{Ended, LOGOUT, tell};
pub use partners::Partners;
pub use routes::routes;
pub use status::{status_list, status_list_uri};
