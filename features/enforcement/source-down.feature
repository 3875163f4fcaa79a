@requirement:enforcement/fails-closed @E-16
Feature: When the source of decisions is down, nobody slips in
  A subject that was disabled meanwhile is not let in.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then no service lets the subject in while the source of decisions is down

    Examples:
      | scenario             |
      | decision-source-down |
      | derived-source-down  |
