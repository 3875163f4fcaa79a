@requirement:enforcement/refusals-fit @E-20
Feature: Refusals fit
  Nobody else is hurt, what was kept goes on working, and the reason is the right one.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then refusals fit: nobody else is hurt, what was kept still works, the reason is right

    Examples:
      | scenario                        |
      | role-removal                    |
      | role-removed-twice              |
      | shared-role-taken               |
      | risk-elevation                  |
      | device-change                   |
      | subject-disabled                |
      | token-revoked                   |
      | revoked-elsewhere               |
      | family-revoked                  |
      | client-disabled                 |
      | consent-withdrawn               |
      | sessions-ended                  |
      | subject-deleted                 |
      | restart-after-consent-withdrawn |
      | restart-after-sessions-ended    |
      | key-retired                     |
