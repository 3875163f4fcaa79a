@requirement:governance/owner-named @G-04
Feature: Each policy has an owner
  A person or team that can be reached, not a placeholder.

  Scenario: after role-removal
    Given the scenario "role-removal" has happened
    Then each decision names the owner of its policy
