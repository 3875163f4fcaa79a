@requirement:enforcement/retired-key-refused @E-09
Feature: A token that a retired key signed stops working
  Without a token of the new key having been seen first.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then every service refuses the tokens of the retired key within its bound

    Examples:
      | scenario                  |
      | key-retired               |
      | restart-after-key-retired |
