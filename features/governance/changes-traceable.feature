@requirement:governance/changes-traceable @G-08
Feature: Changes of entitlements can be traced
  Who changed what, when, and which decisions about tokens knew of it.

  Scenario: after traced-change
    Given the scenario "traced-change" has happened
    Then each entitlement change leads to the tokens that it changed
