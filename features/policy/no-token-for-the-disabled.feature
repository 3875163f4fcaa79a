@requirement:policy/no-token-for-the-disabled @P-07
Feature: Who is disabled or deleted gets no token
  By no grant, from the moment the change was acknowledged.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then no grant gives the subject a token

    Examples:
      | scenario                   |
      | subject-disabled           |
      | subject-deleted            |
      | restart-after-disabled     |
      | disabled-then-role-removed |
