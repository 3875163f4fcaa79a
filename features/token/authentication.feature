@requirement:token/authentication-not-renewed @T-14
Feature: A refresh is not a sign-in
  When and how somebody signed in is told as it was, in every token that comes from it.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then what tokens say of the sign-in stays as it was

    Examples:
      | scenario        |
      | refreshed-later |
      | token-exchange  |
