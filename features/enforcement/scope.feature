@requirement:enforcement/scope-enforced @E-05
Feature: A service refuses what the token does not cover
  On every route that leads to an operation.

  Scenario: after narrow-scope
    Given the scenario "narrow-scope" has happened
    Then every service refuses what the token does not cover, on every route
