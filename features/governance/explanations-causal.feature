@requirement:governance/explanations-causal @G-03
Feature: What is given as the reason is the cause
  A claim goes with the role that its reason names, and stays when another one goes.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then a claim goes with the cause that the log gives for it, and with no other

    Examples:
      | scenario              |
      | role-removal          |
      | exchange-after-change |
      | scope-of-two-roles    |
