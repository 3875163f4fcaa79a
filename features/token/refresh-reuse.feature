@requirement:token/refresh-reuse-detected @T-05
Feature: The reuse of a refresh token is noticed
  A rotated refresh token that is shown again means that two parties hold it: nobody may go on.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then the reuse of a refresh token is noticed and ends its family

    Examples:
      | scenario              |
      | refresh-after-change  |
      | refresh-after-restart |
      | refresh-reused-later  |
