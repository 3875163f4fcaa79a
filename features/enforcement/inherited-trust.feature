@requirement:enforcement/no-inherited-trust @E-17
Feature: No trust is inherited
  A service that knows only static roles stands behind a control that knows what is true now, and cannot be had without it.

  Scenario: after past-the-enforcement-point
    Given the scenario "past-the-enforcement-point" has happened
    Then no service gives anything past its enforcement point
