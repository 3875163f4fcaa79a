//! recant as a receiver of security events, from transmitters that do everything wrong.

mod polled;
mod pushed;
mod transmitter;
