@requirement:governance/explanations-causal @G-03
Feature: What is given as the reason is the cause
  A claim goes with the role that its reason names, and stays when another one goes.

  Scenario: after role-removal
    Given the scenario "role-removal" has happened
    Then a claim goes with the cause that the log gives for it, and with no other
