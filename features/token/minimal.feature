@requirement:token/nothing-volatile-inside @T-10
Feature: Tokens carry little
  What changes while a token lives is looked up, not carried along and believed.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then tokens carry nothing that changes faster than they do and is believed all the same

    Examples:
      | scenario       |
      | risk-elevation |
      | device-change  |
