// Wirespace
