@requirement:enforcement/scope-enforced @E-05
Feature: A service refuses what the token does not cover
  On every route that leads to an operation, also where the token covers something that looks alike.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then every service refuses what the token does not cover, on every route

    Examples:
      | scenario            |
      | narrow-scope        |
      | scope-in-other-case |
      | detours             |
      | look-alike-roles    |
      | derived-narrow      |
