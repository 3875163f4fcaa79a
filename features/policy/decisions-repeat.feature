@requirement:policy/decisions-repeat @P-06
Feature: The same question gets the same answer
  Whichever node decides, and however often it is asked.

  Scenario: after same-request-again
    Given the scenario "same-request-again" has happened
    Then the same request in the same state gets the same token
