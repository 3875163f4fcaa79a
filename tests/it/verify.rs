//! `recant verify`, `recant sign`, `recant keygen`: what was written holds, what was altered is caught.

mod attacks;
mod commands;
mod stage;
mod table;
mod timestamps;
