@requirement:enforcement/decisions-kept-apart @E-11
Feature: What is remembered of one request answers no other
  Two requests that differ in one thing only, of which one must be refused.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then no service answers a request with what it remembers of another one

    Examples:
      | scenario        |
      | cached-action   |
      | cached-audience |
      | cached-context  |
      | cached-subject  |
      | cached-token    |
