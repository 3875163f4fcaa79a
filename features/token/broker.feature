@requirement:token/broker-follows-upstream @T-16
Feature: A broker follows its upstream issuer
  What is taken away upstream is gone downstream too, without anybody signing in anew.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then the broker follows what its upstream issuer says now

    Examples:
      | scenario                 |
      | upstream-group-removed   |
      | upstream-group-exchanged |
