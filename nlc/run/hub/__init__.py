"""Checkpoint folders as the Hugging Face hub has them: into a run of nlc's, and back.

Nothing of theirs is run or installed: a folder is a config.json and safetensors files.
"""
