@requirement:enforcement/replicas-agree @E-13
Feature: The replicas of a service agree, before and after a restart
  A right that is taken away is gone everywhere, and does not come back with a restart.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then the replicas of every service agree, and a restart brings nothing back

    Examples:
      | scenario                        |
      | role-removal                    |
      | token-revoked                   |
      | restart-after-revocation        |
      | restart-after-client-disabled   |
      | restart-after-deletion          |
      | restart-after-disabled          |
      | restart-after-policy-edit       |
      | restart-after-removal           |
      | restart-after-consent-withdrawn |
      | restart-after-sessions-ended    |
      | restart-after-risk              |
      | restart-after-device            |
      | restart-after-key-retired       |
