#[path = "it/catalog.rs"]
mod catalog;
#[path = "it/judge.rs"]
mod judge;
#[path = "it/judge_props.rs"]
mod judge_props;
#[path = "it/judge_scenarios.rs"]
mod judge_scenarios;
#[path = "it/model_driver.rs"]
mod model_driver;
#[path = "it/model_system.rs"]
mod model_system;
