@requirement:enforcement/cache-bounded @E-10
Feature: A cache keeps its bound
  Whether the token is used all the time or lies idle.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then no service answers from a cache for longer than its bound, used or idle

    Examples:
      | scenario      |
      | role-removal  |
      | token-revoked |
