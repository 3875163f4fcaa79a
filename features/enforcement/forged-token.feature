@requirement:enforcement/forged-token-refused @E-08
Feature: A service refuses forged tokens
  Whatever the token says of its own algorithm, key and kind.

  Scenario: after forged-token
    Given the scenario "forged-token" has happened
    Then every service refuses forged tokens
