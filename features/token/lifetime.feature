@requirement:token/lifetime-bounded @T-13
Feature: Lifetimes are bounded
  Every token expires, soon enough, and no later when the risk is higher.

  Scenario: after risk-elevation
    Given the scenario "risk-elevation" has happened
    Then every token expires, within its bound, and no later when the risk is higher
