@requirement:token/risk-is-reflected @T-15
Feature: Risk and device show in the next token
  A raised risk or a device gone bad reduces what the next token gives, or the token is refused.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then the next token follows the risk

    Examples:
      | scenario             |
      | risk-elevation       |
      | device-change        |
      | restart-after-risk   |
      | risk-then-disabled   |
      | risk-of-two-roles    |
      | restart-after-device |
