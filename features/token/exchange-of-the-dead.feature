@requirement:token/exchange-needs-a-live-token @T-08
Feature: Exchange needs a live token
  A revoked token can't be turned into a new one.

  Scenario: after token-exchange
    Given the scenario "token-exchange" has happened
    Then a dead token cannot be exchanged
