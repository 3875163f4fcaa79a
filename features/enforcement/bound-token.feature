@requirement:enforcement/possession-proven @E-15
Feature: A token that is bound to a key or a certificate is worth nothing without it
  Whoever has the token only gets nowhere with it.

  Scenario: after bound-token
    Given the scenario "bound-token" has happened
    Then every service refuses bound tokens without proof of their key

  Scenario: after certificate-bound-token
    Given the scenario "certificate-bound-token" has happened
    Then every service refuses bound tokens without proof of their key
