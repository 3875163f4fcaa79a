@requirement:token/refresh-token-bound @T-06
Feature: Refresh tokens are bound
  A refresh token is of use to one client, with one key where it is bound to one, and for a time that no use of it makes longer.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then the refresh token is good for its own client only, and not for ever

    Examples:
      | scenario                  |
      | refresh-by-another-client |
      | refresh-by-another-key    |
      | refresh-family-end        |
      | refresh-by-an-impostor    |
