@requirement:governance/owner-named @G-04
Feature: Each policy has an owner
  A person or team that can be reached, not a placeholder.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then each decision names the owner of its policy

    Examples:
      | scenario         |
      | role-removal     |
      | risk-elevation   |
      | subject-disabled |
      | inputs-toggled   |
