@requirement:governance/changes-traceable @G-08
Feature: Changes of entitlements can be traced
  Who changed what, when, and which decisions about tokens knew of it.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then each entitlement change leads to the tokens that it changed

    Examples:
      | scenario      |
      | traced-change |
      | traced-risk   |
