"""What a learner runs live: trainings and measurements as jobs in a pool."""
