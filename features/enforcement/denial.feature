@requirement:enforcement/denial-is-final @E-19
Feature: What was refused once stays refused
  No flapping between replicas, no coming back with time or when the subject is enabled again.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then what was refused once stays refused

    Examples:
      | scenario                   |
      | token-revoked              |
      | revoked-then-role-returned |
      | subject-disabled           |
      | sessions-ended             |
      | password-reset             |
      | consent-withdrawn          |
