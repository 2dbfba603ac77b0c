// TensorBoard
