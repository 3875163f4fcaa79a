@requirement:enforcement/expiry-enforced @E-06
Feature: A service refuses an expired token
  No later than the accepted skew after its end.

  Scenario: after expiry
    Given the scenario "expiry" has happened
    Then every service refuses the expired token
