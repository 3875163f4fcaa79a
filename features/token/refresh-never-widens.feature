@requirement:token/refresh-never-widens @T-03
Feature: A refresh never gives more than was granted
  Whatever the request asks for, and whatever the subject gained since.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then a refresh never gives more than was granted

    Examples:
      | scenario             |
      | refresh-after-change |
      | rights-grown         |
