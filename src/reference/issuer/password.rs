//! The password grant (RFC 6749 section 4.3): the shortest way to a user's token, for a laboratory.

use super::attempt::Attempt;
use super::form::Form;
use super::refusal::Refusal;
use super::sign_in;
use super::token::{Issued, audience, enabled_client};
use crate::reference::policy::SIGN_IN;
use crate::reference::store::Store;
use crate::reference::world::World;

/// Issues tokens for a name and a password.
pub fn grant(
    world: &World,
    store: &mut Store,
    form: &Form,
    attempt: &mut Attempt,
) -> Result<Issued, Refusal> {
    let (name, password) = (form.required("username")?, form.required("password")?);
    let found = sign_in::known(store, attempt, name);
    let audience = audience(form.optional("resource"), attempt);
    enabled_client(store, attempt)?;
    if !found?.has_password(password) {
        return Err(Refusal::by(SIGN_IN, "invalid_grant", "the password is wrong"));
    }
    sign_in::issue(world, store, attempt, name, audience?, "pwd", true)
}
