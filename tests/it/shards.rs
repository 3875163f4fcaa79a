//! `recant run --shard` and `recant merge`: a run cut into parts comes to what it would have come to whole, and never looks
//! whole while it is not.

mod attacks;
mod cutting;
mod ends;
mod merging;
mod reported;
mod same;
mod stage;
