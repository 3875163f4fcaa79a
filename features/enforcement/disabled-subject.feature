@requirement:enforcement/disabled-subject-refused @E-03
Feature: The tokens of a disabled subject stop working
  At every service, within the bound of its class. So do those that a client holds, once it is disabled or has lost the consent.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then every service refuses all tokens of the subject within its bound

    Examples:
      | scenario                        |
      | subject-disabled                |
      | subject-deleted                 |
      | client-disabled                 |
      | consent-withdrawn               |
      | restart-after-deletion          |
      | restart-after-disabled          |
      | restart-after-consent-withdrawn |
      | restart-after-sessions-ended    |
      | restart-after-client-disabled   |
      | disabled-then-role-removed      |
      | sessions-ended                  |
      | password-reset                  |
