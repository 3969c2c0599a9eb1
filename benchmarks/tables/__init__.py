"""Small trees from models of real tables: limbeck beside its peers, at the same number of leaves."""
