@requirement:token/refresh-ends-with-its-grant @T-04
Feature: A refresh token ends with what it depends on
  The subject, the client or the consent is gone: the refresh token is refused.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then the refresh token is refused

    Examples:
      | scenario                        |
      | subject-disabled                |
      | client-disabled                 |
      | consent-withdrawn               |
      | restart-after-disabled          |
      | restart-after-client-disabled   |
      | restart-after-consent-withdrawn |
      | restart-after-sessions-ended    |
      | disabled-then-role-removed      |
      | disabled-twice                  |
      | sessions-ended                  |
      | password-reset                  |
      | sessions-ended-late             |
