@requirement:token/exchange-never-amplifies @T-07
Feature: Exchange never amplifies
  A token made from a token carries no more than the one it came from.

  Scenario: after token-exchange
    Given the scenario "token-exchange" has happened
    Then an exchanged token never carries more than its subject token
