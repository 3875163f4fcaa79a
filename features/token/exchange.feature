@requirement:token/exchange-never-amplifies @T-07
Feature: Exchange never amplifies
  A token made from a token carries no more than the one it came from, and nothing that its subject has lost since.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then an exchanged token never carries more than its subject token

    Examples:
      | scenario              |
      | token-exchange        |
      | exchange-after-change |
      | risk-elevation        |
      | device-change         |
