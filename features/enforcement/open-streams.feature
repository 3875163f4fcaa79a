@requirement:enforcement/open-streams-cut @E-14
Feature: What was made of a token ends with the right to it
  Open streams are cut, and keys that were made with a token open nothing any more.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then what was made of a token ends with the right to it, within its bound

    Examples:
      | scenario                 |
      | derived-role-removed     |
      | derived-subject-disabled |
      | derived-subject-deleted  |
      | derived-risk-raised      |
      | derived-token-revoked    |
      | derived-device-changed   |
