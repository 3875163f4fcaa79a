@requirement:enforcement/old-token-refused @E-01
Feature: A token of before the change stops working
  Within the bound of the service's class, and only for what was lost.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then every service refuses the earlier token for what was lost, within its bound

    Examples:
      | scenario                      |
      | role-removal                  |
      | role-removed-then-disabled    |
      | restart-after-removal         |
      | risk-elevation                |
      | device-change                 |
      | policy-edit                   |
      | detours                       |
      | restart-after-policy-edit     |
      | restart-after-risk            |
      | role-removed-then-other-given |
      | removed-while-down            |
      | scope-of-two-roles            |
      | risk-of-two-roles             |
      | last-scope-then-removed       |
      | first-role-removed            |
      | inputs-toggled                |
      | restart-after-device          |
