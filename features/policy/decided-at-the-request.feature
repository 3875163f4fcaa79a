@requirement:policy/decided-at-the-request @P-01
Feature: Each token rests on a decision of its own
  Made while the request was under way: by login, refresh and exchange, before and after something changed.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then each token comes from a decision made during its request

    Examples:
      | scenario           |
      | role-removal       |
      | token-exchange     |
      | policy-edit        |
      | risk-elevation     |
      | device-change      |
      | inputs-toggled     |
      | restart-after-risk |
