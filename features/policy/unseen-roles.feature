@requirement:policy/unseen-roles-honoured @P-03
Feature: Roles that nobody has seen before are honoured as policy says
  A list of known role names hides in many systems. A role made a moment ago gives what the policy
  says, an unbound role gives nothing, and no role gives nothing.

  Scenario: after never-seen-role
    Given the scenario "never-seen-role" has happened
    Then roles that nobody has seen before give what the policy says, and nothing else
