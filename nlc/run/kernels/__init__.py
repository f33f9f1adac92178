"""Triton kernels where no GPU is: interpreted on CPU tensors, compiled ahead of time, and measured."""
