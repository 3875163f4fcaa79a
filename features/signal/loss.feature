@requirement:signal/loss-noticed @S-05
Feature: The loss of a stream of signals is noticed and made good
  Silence means that nothing happened only where the stream is known to work.

  Scenario Outline: after <scenario>
    Given the scenario "<scenario>" has happened
    Then the stream is verified, and what could not be delivered at once is not lost

    Examples:
      | scenario             |
      | signal-stream-paused |
      | signal-push-retried  |
      | signal-push-paused   |
