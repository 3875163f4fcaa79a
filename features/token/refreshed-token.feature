@requirement:token/refresh-follows-entitlement @T-02
Feature: A refreshed token follows the entitlement of today
  A refresh is a decision like any other: it is reduced or refused, never a copy of the login.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then the refreshed token follows the entitlement

    Examples:
      | scenario                   |
      | role-removal               |
      | role-removed-then-disabled |
      | roles-toggled              |
      | risk-elevation             |
      | device-change              |
      | policy-edit                |
      | last-scope-then-removed    |
      | permissions-toggled        |
      | scope-of-two-roles         |
      | inputs-toggled             |
