@requirement:signal/status-list-safe @S-06
Feature: A status list ends tokens in time and is never taken on trust
  What is revoked is refused within the list's bound; a list that can't be relied on lets nobody in; expiry outranks it.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then status lists end tokens in time and are never taken on trust

    Examples:
      | scenario            |
      | status-list         |
      | status-list-spoiled |
      | expiry              |
