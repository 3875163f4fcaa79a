@requirement:enforcement/issuers-kept-apart @E-07
Feature: A key speaks for its issuer only
  Whatever a token says of where it comes from, and whatever its key is called.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then every service takes a token only on the word of the issuer that it names

    Examples:
      | scenario       |
      | forged-token   |
      | further-issuer |
      | other-issuer   |
