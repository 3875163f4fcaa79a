@requirement:enforcement/services-agree @E-18
Feature: Services agree
  The same rights in a token mean the same wherever it is shown.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then services agree on what the same rights allow

    Examples:
      | scenario               |
      | same-rights-everywhere |
      | look-alike-rights      |
