@requirement:token/new-token-follows-entitlement @T-01
Feature: A new token follows the entitlement of today
  What was taken away is gone from the next token, what was left is still there, and what is given
  back returns whole.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then a new token follows the entitlement

    Examples:
      | scenario                      |
      | role-removal                  |
      | roles-toggled                 |
      | restart-after-removal         |
      | role-removed-then-disabled    |
      | role-removed-then-other-given |
      | role-removed-then-risk        |
      | removed-while-down            |
      | scope-of-two-roles            |
      | look-alike-roles              |
      | role-removed-at-risk          |
