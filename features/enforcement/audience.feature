@requirement:enforcement/audience-enforced @E-04
Feature: A service refuses a token that was issued for another one
  Every service, every token.

  Scenario: after wrong-audience
    Given the scenario "wrong-audience" has happened
    Then every service refuses a token that was issued for another one
