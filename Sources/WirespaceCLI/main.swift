print("wirespace")
