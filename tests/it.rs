//! The one integration binary: a module for each area.

mod it {
    mod attest;
    mod behind_exchange;
    mod calibration;
    mod catalog;
    mod cli;
    mod docs;
    mod exit_codes;
    mod hostile;
    mod issuer;
    mod judge;
    mod judge_props;
    mod judge_scenarios;
    mod lab;
    mod late;
    mod metamorphic;
    mod model_driver;
    mod model_system;
    mod plan;
    mod reference;
    mod report;
    mod run;
    mod seeds;
    mod selftest;
    mod shards;
    mod signals;
    mod stage;
    mod steps;
    mod suite;
    mod tidy;
    mod verify;
    mod waiver_props;
}
