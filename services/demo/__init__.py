"""The demo: the main job from an empty organization to everything coupled, shown, changed, repeated and audited."""
