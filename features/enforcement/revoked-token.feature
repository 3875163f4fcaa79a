@requirement:enforcement/revoked-token-refused @E-02
Feature: A revoked token stops working
  The token itself, and the access tokens of a revoked refresh token, whatever the revocation called it.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then every service refuses the revoked token within its bound

    Examples:
      | scenario              |
      | token-revoked         |
      | revoked-by-wrong-hint |
      | revoked-while-down    |
      | family-revoked        |
      | revoked-elsewhere     |
