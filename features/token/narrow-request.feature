@requirement:token/narrow-request-honoured @T-09
Feature: A narrow request gives a narrow token
  A subject that holds much and asks for little gets little.

  Scenario: after narrow-scope
    Given the scenario "narrow-scope" has happened
    Then a token carries no more than was asked for
