@requirement:enforcement/fails-closed @E-16
Feature: When the source of decisions is down, nobody slips in
  A subject that was disabled meanwhile is not let in.

  Scenario: after decision-source-down
    Given the scenario "decision-source-down" has happened
    Then no service lets the subject in while the source of decisions is down
