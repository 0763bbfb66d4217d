"""Operations on arrays and tensors that core and rooms share. Imports nothing of the package."""
