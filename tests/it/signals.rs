//! recant as a receiver of security events, from transmitters that do everything wrong; and as a transmitter.

mod polled;
mod pushed;
mod sent;
mod transmitter;
