@requirement:signal/receivers-authenticate-and-order @S-04
Feature: Signals are authentic, count once, and count in the order in which things happened
  What is forged, sent again or late changes nothing.

  Scenario: after signals-void
    Given the scenario "signals-void" has happened
    Then forged, repeated and late signals change nothing
