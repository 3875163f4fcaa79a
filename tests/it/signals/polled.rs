//! Hostile answers to polls: each with what is kept of it.
