@requirement:enforcement/revoked-token-refused @E-02
Feature: A revoked token stops working
  The token itself, and the access tokens of a revoked refresh token.

  Scenario: after token-revoked
    Given the scenario "token-revoked" has happened
    Then every service refuses the revoked token within its bound
