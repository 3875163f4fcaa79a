@requirement:policy/inputs-decide @P-04
Feature: What is declared to decide does decide
  Toggled alone, each input changes a token or what a service does; toggled back, it changes it back.

  Scenario: after inputs-toggled
    Given the scenario "inputs-toggled" has happened
    Then each declared input makes a difference
