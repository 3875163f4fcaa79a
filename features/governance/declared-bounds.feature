@requirement:governance/bounds-declared-and-true @G-07
Feature: What is declared is owned, dated and true
  Bounds and exceptions: who answers for them, until when, and whether services keep to them.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then bounds and exceptions are declared, owned, dated and true

    Examples:
      | scenario             |
      | role-removal         |
      | source-down-for-long |
