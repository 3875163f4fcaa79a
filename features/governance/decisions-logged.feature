@requirement:governance/every-decision-logged @G-01
Feature: Every decision is logged, once
  Grants and refusals, by login, refresh and exchange.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then every decision is logged once

    Examples:
      | scenario             |
      | role-removal         |
      | subject-disabled     |
      | subject-deleted      |
      | device-change        |
      | policy-edit          |
      | token-exchange       |
      | risk-elevation       |
      | sessions-ended       |
      | refresh-after-change |
      | consent-withdrawn    |
      | client-disabled      |
      | restart-after-risk   |
