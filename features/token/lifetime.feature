@requirement:token/lifetime-bounded @T-13
Feature: Lifetimes are bounded
  Every token expires, soon enough, and no later when the risk is higher.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then every token expires, within its bound, and no later when the risk is higher

    Examples:
      | scenario              |
      | risk-elevation        |
      | exchange-after-change |
