@requirement:token/audience-is-specific @T-11
Feature: A token names the service that it is for
  One audience, and the right one.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then every token names the one service that it is for

    Examples:
      | scenario       |
      | wrong-audience |
      | token-exchange |
