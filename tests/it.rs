#[path = "it/catalog.rs"]
mod catalog;
#[path = "it/judge.rs"]
mod judge;
#[path = "it/judge_props.rs"]
mod judge_props;
