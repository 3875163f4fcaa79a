@requirement:signal/every-path-signals @S-01
Feature: However a session ends, others hear of it
  Whoever goes by signals goes on trusting what ended without one.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then the end of the session is signalled within its bound

    Examples:
      | scenario                 |
      | signal-subject-disabled  |
      | signal-subject-deleted   |
      | signal-consent-withdrawn |
      | signal-token-revoked     |
      | signal-pushed            |
      | signal-sessions-ended    |
      | signal-logout-token      |
