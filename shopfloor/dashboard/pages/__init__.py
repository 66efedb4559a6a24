"""The pages: each has `layout`, most have `register` for their callbacks."""
