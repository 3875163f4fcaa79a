@requirement:signal/content-accurate @S-02
Feature: What signals say is true
  The right subject, the new value, the time at which it happened.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then signals say what happened, to whom and when

    Examples:
      | scenario                   |
      | signal-subject-disabled    |
      | signal-risk                |
      | signal-device              |
      | signal-role-removed        |
      | signal-subject-deleted     |
      | signal-pushed              |
      | signal-sessions-ended      |
      | signal-logout-token        |
      | signal-pushed-role-removed |
