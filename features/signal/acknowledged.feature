@requirement:signal/acknowledged-is-acted-on @S-03
Feature: Who acknowledges a signal acts on it
  A security event that was taken in and came to nothing is worse than one that was refused: everybody believes it was dealt with.

  Scenario: after signals-sent
    Given the scenario "signals-sent" has happened
    Then every receiver acts on the signals that it acknowledged
