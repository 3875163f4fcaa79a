@requirement:governance/log-safe @G-06
Feature: The log is safe evidence
  It holds no token and no secret, and its times are in order.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then the log is safe evidence

    Examples:
      | scenario             |
      | role-removal         |
      | refresh-after-change |
      | traced-requests      |
      | traced-change        |
