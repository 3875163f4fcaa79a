@requirement:enforcement/disabled-subject-refused @E-03
Feature: The tokens of a disabled subject stop working
  At every service, within the bound of its class.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then every service refuses all tokens of the subject within its bound

    Examples:
      | scenario         |
      | subject-disabled |
      | subject-deleted  |
