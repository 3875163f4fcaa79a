@requirement:token/identity-never-resurrected @T-12
Feature: Who was deleted does not come back with old tokens
  A subject made anew under the same name is somebody else.

  Scenario: after subject-deleted
    Given the scenario "subject-deleted" has happened
    Then the tokens of the first subject are dead, and the second one is somebody else
