@requirement:governance/claims-explained @G-02
Feature: The log says why each claim is there
  For every value that gives authority.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then the log says why each claim is in a token

    Examples:
      | scenario              |
      | role-removal          |
      | risk-elevation        |
      | exchange-after-change |
      | scope-of-two-roles    |
