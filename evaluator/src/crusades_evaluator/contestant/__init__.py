"""What runs on the contestant's side: the warm parent, the keeper of one attempt, the harness around train.py."""
