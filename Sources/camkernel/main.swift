print("camkernel")
