@requirement:signal/reuse-noticed @S-07
Feature: What was used before is noticed
  A copy works as well as the original until somebody notices that there are two.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then reuse is noticed and answered

    Examples:
      | scenario             |
      | one-time-credentials |
      | token-at-two-places  |
