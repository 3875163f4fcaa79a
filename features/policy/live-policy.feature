@requirement:policy/live-policy-followed @P-02
Feature: Policy is read when a token is issued
  A permission taken out of a role must be gone from the next token, although nobody's role
  assignment changed: otherwise roles are mapped to permissions somewhere in code.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then a new token follows the policy as it is now

    Examples:
      | scenario                  |
      | policy-edit               |
      | restart-after-policy-edit |
      | permissions-toggled       |
