Feature: A role is removed at a hostile target

  Scenario: everything that is asked after it
    Given the scenario "role-removal" has happened
    Then every service refuses the earlier token for what was lost, within its bound
    And a new token follows the entitlement
    And the refreshed token follows the entitlement
    And introspection tells what is true now
    And every decision is logged once
    And the log says why each claim is in a token
    And each decision names the owner of its policy
    And the log is safe evidence
    And every token expires, within its bound, and no later when the risk is higher
    And every token names the one service that it is for
