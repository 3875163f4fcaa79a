@requirement:signal/loss-noticed @S-05
Feature: The loss of a stream of signals is noticed and made good
  Silence means that nothing happened only where the stream is known to work.

  Scenario: after signal-stream-paused
    Given the scenario "signal-stream-paused" has happened
    Then the stream is verified, and what happens while it is paused is not lost
