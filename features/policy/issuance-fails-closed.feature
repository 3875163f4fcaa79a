@requirement:policy/issuance-fails-closed @P-05
Feature: Where nobody can decide, nobody gets a token
  Whether the source of decisions is gone, too slow or can't be understood.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then no token with authority is given while the source of decisions fails

    Examples:
      | scenario                |
      | issuance-source-stopped |
      | issuance-source-slow    |
      | issuance-source-garbled |
