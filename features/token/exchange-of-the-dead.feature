@requirement:token/exchange-needs-a-live-token @T-08
Feature: Exchange needs a live token
  A token that is revoked or has expired, or whose grant, session, consent or key is gone, can't be turned into a new one.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then a dead token cannot be exchanged

    Examples:
      | scenario                         |
      | token-exchange                   |
      | exchange-after-expiry            |
      | grant-revoked                    |
      | exchange-after-sessions-ended    |
      | exchange-after-consent-withdrawn |
      | exchange-after-key-retired       |
