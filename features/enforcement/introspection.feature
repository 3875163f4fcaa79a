@requirement:enforcement/introspection-is-current @E-12
Feature: Introspection tells what is true now
  Inactive when expired, revoked or disabled; and what it tells is today's.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then introspection tells what is true now

    Examples:
      | scenario          |
      | role-removal      |
      | subject-disabled  |
      | subject-deleted   |
      | sessions-ended    |
      | password-reset    |
      | client-disabled   |
      | consent-withdrawn |
      | token-revoked     |
      | expiry            |
