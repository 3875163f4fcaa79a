@requirement:token/refresh-never-widens @T-03
Feature: A refresh never gives more than was granted
  Whatever the request asks for, and whatever the subject gained since.

  Scenario: after refresh-after-change
    Given the scenario "refresh-after-change" has happened
    Then a refresh never gives more than was granted
