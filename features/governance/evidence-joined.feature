@requirement:governance/evidence-joined @G-05
Feature: What is logged can be joined
  From a request to a service, let in or refused, one gets to the decision behind its token.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then each request leads to the decision behind its token

    Examples:
      | scenario        |
      | traced-requests |
      | traced-refusals |
